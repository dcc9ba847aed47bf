/**
 * The structural JSON schema that describes every kind, built in or of a CRD, in the wire names of OpenAPI v3, so that the
 * `openAPIV3Schema` of a CRD is one as it stands. Built-in definitions refer to each other by `$ref`.
 */
export interface Schema {
  /** Name of a built-in definition: `io.k8s.api.core.v1.PodSpec`. Beside it stand at most `description`, `default` and extensions that win over the definition's. */
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  /** int32, int64, double, date-time, byte, int-or-string, quantity, and what JSON schema knows. */
  readonly format?: string;
  readonly description?: string;
  readonly title?: string;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly externalDocs?: { readonly description?: string; readonly url?: string };
  /** How server-side apply merges a list. */
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  /** How server-side apply merges a map. */
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  /** How a strategic merge patch merges a list: `merge`, `replace`, `retainKeys`, `merge,retainKeys`. */
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-unions'?: readonly FieldUnion[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

/** Fields of which one may be set, with the discriminator's value for each. */
export interface FieldUnion {
  readonly discriminator?: string;
  readonly 'fields-to-discriminateBy': Readonly<Record<string, string>>;
}

/** One CEL rule of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/**
 * Follows `$ref` to the definition behind it. Everything that walks a schema takes one of these, so that built-in kinds, CRDs and
 * tests go the same way. Throws a HakoError (`internal`) for a name that nobody defined.
 */
export type SchemaResolver = (schema: Schema) => Schema;
