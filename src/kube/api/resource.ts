import type { FieldError } from './field.ts';
import type { KubeObject } from './object.ts';
import type { Schema } from './schema.ts';

/** What a resource can do. `deletecollection`, `list` and `watch` are verbs of the collection. */
export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** All of them, as most resources have. */
export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/**
 * One resource of the API: built in or of a CRD. Discovery, OpenAPI, tables, storage keys and every request are made from it.
 * Objects are kept in the storage version; a row of several versions has `convert`. That of a CRD forgets what the other version's schema
 * does not know.
 */
export interface ResourceDefinition {
  /** '' is the core group. */
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  /** `PodList`, unless said. */
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  /** `all`, `api-extensions`. */
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** True for resources of CRDs: no strategic merge patch, no protobuf. */
  readonly custom?: boolean;
  readonly verbs: readonly Verb[];
  /** Served versions, the preferred one first. */
  readonly versions: readonly ResourceVersion[];
  /** Name of the version in which objects are stored and, of built-in kinds, in which the strategy sees them. */
  readonly storageVersion: string;
  /**
   * The group in which objects are stored, where it isn't this one: events.k8s.io stores core's events, under core's keys. `convert`
   * then turns objects of the one group into the other's, whichever they come in.
   */
  readonly storageGroup?: string;
  /** Where upstream keeps it under `/registry/`, if not under its plural (core) or `group/plural` (CRDs): `minions`, `services/specs`. */
  readonly storagePrefix?: string;
  /** `false`: nothing is stored, `create` is a question that is answered (SubjectAccessReview, TokenReview). */
  readonly stored?: boolean;
  readonly subresources?: Readonly<Record<string, Subresource>>;
  readonly strategy: Strategy;
  /** Completes what older schemas stored (a CRD's defaults), before it is converted: runs on every read, so rows without need have none. */
  readonly onRead?: (object: KubeObject) => void;
  /** True where `convert` asks a webhook, which may change labels and annotations, too. */
  readonly convertsLabels?: boolean;
  /** Converts between versions of this resource: changes `apiVersion` and what else differs; may be asynchronous (webhooks). */
  readonly convert?: (objects: readonly KubeObject[], toVersion: string) => KubeObject[] | Promise<KubeObject[]>;
}

/** One served version of a resource. */
export interface ResourceVersion {
  readonly name: string;
  /** The schema of the kind in this version; built lazily, the same object each time. */
  readonly schema: () => Schema;
  /**
   * Takes in an object that a client sent, in place: drops unknown fields and tells their paths, throws a 400 for what cannot be decoded.
   * CRDs bring their own, since their schemas are checked when the object is validated; others go by their schema.
   */
  readonly conform?: (object: KubeObject) => { unknown: string[] };
  /** Columns of `kubectl get` after Name, unless one of them is of format `name`; none: Name and Age only. */
  readonly columns?: readonly Column[];
  /** What a row of the Table says of its object beside the cells. */
  readonly rowConditions?: (object: KubeObject) => readonly RowCondition[] | undefined;
  /** The order of rows, where it is not that of the names. */
  readonly rowOrder?: (a: KubeObject, b: KubeObject) => number;
  /** Fields that a field selector may name, besides metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>;
  /** The subresources of this version, where versions differ in them; otherwise the row's. */
  readonly subresources?: Readonly<Record<string, Subresource>>;
  /** The text of the `Warning: 299` header, for versions that are deprecated. */
  readonly deprecationWarning?: string;
}

/** One cell of a Table: numbers for integer and number columns, strings for the rest, null for nothing. */
export type Cell = string | number | boolean | null;

/** One column of the Table that `kubectl get` prints. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: 'name' | 'date-time' | 'int32' | 'int64' | 'password';
  readonly description: string;
  /** 0 is always shown, more with `-o wide`. */
  readonly priority: number;
  /** `nowMs` is there for ages. */
  readonly cell: (object: KubeObject, nowMs: number) => Cell;
}

/** `TableRowCondition`: `Completed` is the only type there is. */
export interface RowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/** A path below an object: `status`, `scale`, `eviction`. */
export interface Subresource {
  readonly verbs: readonly Verb[];
  /** The kind of its body where it isn't the object's own: `{ group: 'autoscaling', version: 'v1', kind: 'Scale' }`. */
  readonly body?: { readonly group: string; readonly version: string; readonly kind: string };
  /** How a write of the object through this path is prepared and checked. Without it, a handler of the API server serves the path. */
  readonly strategy?: UpdateStrategy;
  /** Paths in the object, for `scale`. */
  readonly scale?: ScalePaths;
}

/** JSON paths (`.spec.replicas`) that a scale subresource reads and writes. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** A string selector, or for built-in kinds a `LabelSelector` or a map, which is printed as a string. */
  readonly labelSelectorPath?: string;
}

/** The subresources of a resource in a version. */
export function subresourcesOf(
  { subresources = {} }: Pick<ResourceDefinition, 'subresources'>,
  version: Pick<ResourceVersion, 'subresources'> | undefined,
): Readonly<Record<string, Subresource>> {
  return version?.subresources ?? subresources;
}

/** Who asks, as far as kinds keep it. */
export interface Requester {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What hooks may want to know of the request. */
export interface HookContext {
  readonly nowMs: number;
  /** Who asks: kinds that keep it (CertificateSigningRequest) believe nothing else. */
  readonly user?: Requester;
  /** Adds a `Warning: 299` header to the answer. */
  readonly warn: (message: string) => void;
}

/** The hooks of an update through one path. All may change `object` in place except the validations. */
export interface UpdateStrategy {
  /** Resets what this path may not change to `old`'s (the status, on the main path; all but the status, on `status`). */
  readonly prepareForUpdate?: (object: KubeObject, old: KubeObject, context: HookContext) => void;
  /** Complaints about the new object and about the change: immutable fields, forbidden transitions. */
  readonly validateUpdate?: (object: KubeObject, old: KubeObject, context: HookContext) => FieldError[];
}

/**
 * The hooks of a kind, in the storage version; of a custom resource in the version of the object. The API server itself does metadata: names, uid, timestamps, generation (see
 * `movesGeneration`), owner references, finalizers, managed fields, labels and annotations.
 */
export interface Strategy extends UpdateStrategy {
  /** Fills in upstream's defaults. Runs on every create, update and patch, before the other hooks; idempotent. */
  readonly setDefaults?: (object: KubeObject) => void;
  /** Drops what a client may not set on create (status) and computes what the server sets. */
  readonly prepareForCreate?: (object: KubeObject, context: HookContext) => void;
  /** Complaints about a new object; `validateUpdate` is to call it too where the same rules hold. */
  readonly validate?: (object: KubeObject, context: HookContext) => FieldError[];
  /** Which names are allowed; DNS subdomain unless said. */
  readonly nameRule?: NameRule;
  /** May PUT create an object that is not there? Most may not; events, leases, endpoints, RBAC's and others may. */
  readonly allowCreateOnUpdate?: boolean;
  /** May an update leave resourceVersion out (last write wins)? True for most, false for few. Unless said: true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Does `metadata.generation` move with `spec`? True for kinds with a spec and status, unless said. */
  readonly hasGeneration?: boolean;
  /** Does this update of the main path move it? Unless said, what `isChanged` says: that more than metadata and status differs. */
  readonly movesGeneration?: (object: KubeObject, old: KubeObject, isChanged: boolean) => boolean;
  /** Grace period of a delete without one, in seconds; undefined: objects go at once. Pods: 30. */
  readonly gracePeriodSeconds?: (object: KubeObject, requestedSeconds: number | undefined) => number;
  /** What kubectl's old default was: `orphan` for none of today's kinds but Jobs of batch/v1 through old clients. */
  readonly defaultPropagation?: 'background' | 'orphan';
}

/** `none` allows what RBAC does: path segments. */
export type NameRule = 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment';
