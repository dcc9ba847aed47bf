import type { AdmissionPlugin } from '#kube/admission';
import type { SchemaResolver } from '#kube/api';
import type { ResourceCatalog } from '../resources/catalog.ts';
import type { Stores } from '../store/mod.ts';

/** What the verbs need of the server. */
export interface Machinery {
  readonly catalog: ResourceCatalog;
  readonly stores: Stores;
  /** In the order in which they run. */
  readonly admission: readonly AdmissionPlugin[];
  readonly resolveSchema: SchemaResolver;
  readonly nowMs: () => number;
  /** Hooks around writes of particular resources (address allocation for services): see `WriteHook`. */
  readonly writeHooks: ReadonlyMap<string, WriteHook>;
}

/**
 * What a write of a resource takes and gives back besides storing the object: cluster IPs and node ports of services. `prepare` may change
 * the object; what it answers is kept or undone when the write is through. Key of the map: `services`, `jobs.batch`.
 */
export interface WriteHook {
  prepare(object: HookObject, old: HookObject | undefined, dryRun: boolean): Promise<Disposition>;
  /** The object is gone: gives back what it held, before the client is told, who may create it again at once. Never rejects. */
  released(object: HookObject): Promise<void>;
}

type HookObject = import('#kube/api').KubeObject;

/** Ends a `WriteHook.prepare`; what it gives back is free when it resolves. Neither rejects. */
export interface Disposition {
  keep(): Promise<void>;
  undo(): Promise<void>;
}
