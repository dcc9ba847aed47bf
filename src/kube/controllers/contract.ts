import type { GroupVersionResource, ResourceDefinition } from '#kube/api';
import type { KeyPair } from '#kube/auth';
import type { Client, Informers } from '#kube/client';

/** What a controller works with. */
export interface ControllerContext {
  /** Writes go through this; it has the controller's own identity. */
  readonly client: Client;
  /** Shared with the other controllers: objects from here are not to be changed. */
  readonly informers: Informers;
  /** The time, in milliseconds; tests set it. */
  readonly nowMs: () => number;
  /** What is served; what comes and goes with CRDs. */
  readonly catalog: CatalogPort;
  readonly cluster: ClusterFacts;
  /** What servers behind the aggregation layer have; absent where there is no such layer. */
  readonly others?: OtherApis | undefined;
}

/** The APIs of other servers: no cache has their objects, and they may not answer. */
export interface OtherApis {
  /** Reaches them; the clients of controllers do not. */
  readonly client: Client;
  namespacedResources(): {
    /** Resources that can be listed and deleted. */
    readonly resources: readonly (GroupVersionResource & { readonly hasDeleteCollection: boolean })[];
    /** Group versions whose servers cannot say now what they have. */
    readonly unknown: readonly string[];
  };
}

/** The resources that are served now: what namespace deletion, the garbage collector and quotas go through. */
export interface CatalogPort {
  rows(): readonly ResourceDefinition[];
  /** Calls `onChange` after resources came or went. */
  subscribe(onChange: () => void): Disposable;
}

/** Keys and networks of the cluster. */
export interface ClusterFacts {
  /** Signs what servers show; its certificate is what clients trust the API server by. */
  readonly clusterCa: KeyPair;
  /** Signs who may come in with a certificate. */
  readonly clientCa: KeyPair;
  /** PEM of the private key that signs tokens of service accounts. */
  readonly serviceAccountKey: string;
  /** Where pods' addresses come from, `10.244.0.0/16`: each node gets a piece. */
  readonly podBlock: string;
  /** Where services' addresses come from, `10.96.0.0/16`. */
  readonly serviceBlock: string;
}

/** A controller that runs; disposing it stops its loops and waits for what is under way. */
export type RunningController = AsyncDisposable;

/** One controller: watches kinds, and brings each object, by its key, to what it should be. */
export interface Controller {
  /** Upstream's name: `deployment-controller`, whose service account it acts as. */
  readonly name: string;
  /** Subscribes to its informers and starts its queue; reconciles begin when the informers are synced. */
  start(context: ControllerContext): RunningController;
}
