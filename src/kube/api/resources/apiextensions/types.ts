import type { KubeObject } from '../../object.ts';
import type { Condition } from '../../values/mod.ts';
import type { WebhookClient } from '../webhook-client.ts';

/** `apiextensions.k8s.io/v1` `CustomResourceDefinition`, as far as its names and versions go. */
export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group?: string;
    names?: ResourceNames;
    scope?: string;
    versions?: CrdVersion[];
    conversion?: CrdConversion;
    preserveUnknownFields?: boolean;
  };
  status?: {
    conditions?: Condition[] | null;
    acceptedNames?: ResourceNames;
    storedVersions?: string[] | null;
    observedGeneration?: number;
  };
}

/** `CustomResourceDefinitionNames`. */
export interface ResourceNames {
  plural?: string;
  singular?: string;
  shortNames?: string[];
  kind?: string;
  listKind?: string;
  categories?: string[];
}

/** `CustomResourceDefinitionVersion`; schemas and columns are checked elsewhere. */
export interface CrdVersion {
  name?: string;
  served?: boolean;
  storage?: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: unknown };
}

/** `CustomResourceConversion`. */
export interface CrdConversion {
  strategy?: string;
  webhook?: {
    clientConfig?: WebhookClient;
    conversionReviewVersions?: string[];
  };
}
