import type { GroupVersionKind, GroupVersionResource, KubeObject } from '#kube/api';
import type { UserInfo } from '#kube/auth';

/** What is to happen to an object; upstream's `admission.Attributes`. */
export interface AdmissionAttributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** The request's resource and the kind of its body, in the request's version. */
  readonly resource: GroupVersionResource;
  readonly kind: GroupVersionKind;
  readonly subresource: string;
  readonly namespace: string;
  /** '' while generateName has not been filled in. */
  readonly name: string;
  /** The new object; mutating plugins change it in place or assign another. Undefined on DELETE. */
  object: KubeObject | undefined;
  /** The object as it is; undefined on CREATE and CONNECT. Nobody may change it. */
  readonly oldObject: KubeObject | undefined;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions as sent. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  readonly user: UserInfo;
  /** A `Warning: 299` header. */
  readonly warn: (message: string) => void;
  /** An annotation of the audit event. */
  readonly annotate: (key: string, value: string) => void;
  readonly signal: AbortSignal;
}

/**
 * One admission plugin, by its upstream name. `admit` may change, runs before defaults are final and validation; `validate` only refuses,
 * runs right before the write, on each try of it. Both throw a StatusError to refuse.
 */
export interface AdmissionPlugin {
  readonly name: string;
  /** Cheap test that spares calling the plugin: the API server asks it for every write. */
  handles(attributes: AdmissionAttributes): boolean;
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}
