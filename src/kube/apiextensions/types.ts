import type { KubeObject, Schema } from '#kube/api';

/** `apiextensions.k8s.io/v1` `CustomResourceDefinition`. */
export interface CustomResourceDefinition extends KubeObject {
  spec: CrdSpec;
  status?: CrdStatus;
}

/** `CustomResourceDefinitionSpec`. */
export interface CrdSpec {
  group: string;
  names: CrdNames;
  scope: 'Cluster' | 'Namespaced';
  versions: CrdVersion[];
  conversion?: CrdConversion;
}

/** `CustomResourceDefinitionNames`. */
export interface CrdNames {
  plural: string;
  kind: string;
  singular?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

/** `CustomResourceDefinitionVersion`. */
export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Schema };
  subresources?: {
    status?: Record<string, never>;
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
  };
  additionalPrinterColumns?: PrinterColumn[];
  selectableFields?: { jsonPath: string }[];
}

/** `CustomResourceColumnDefinition`. */
export interface PrinterColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

/** `CustomResourceConversion`. */
export interface CrdConversion {
  strategy: 'None' | 'Webhook';
  webhook?: { clientConfig?: WebhookClientConfig; conversionReviewVersions?: string[] };
}

/** `WebhookClientConfig`: a URL, or a service of the cluster. */
export interface WebhookClientConfig {
  url?: string;
  service?: ServiceReference;
  /** PEM, as base64. */
  caBundle?: string;
}

/** `ServiceReference`. */
export interface ServiceReference {
  namespace: string;
  name: string;
  path?: string;
  port?: number;
}

/** `CustomResourceDefinitionStatus`. */
export interface CrdStatus {
  conditions?: CrdCondition[] | null;
  acceptedNames?: CrdNames;
  storedVersions?: string[] | null;
  observedGeneration?: number;
}

/** `CustomResourceDefinitionCondition`. */
export interface CrdCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}
