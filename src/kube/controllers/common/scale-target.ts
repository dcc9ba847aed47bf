import { type GroupVersionResource, type KubeObject, parseGroupVersion } from '#kube/api';
import { type Client, findObject, type Informer, type Informers, type ObjectRef } from '#kube/client';
import { DEPLOYMENTS, REPLICA_SETS, REPLICATION_CONTROLLERS, STATEFUL_SETS } from './resources.ts';

const DEFINITIONS: GroupVersionResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};

const BUILT_IN: ReadonlyMap<string, GroupVersionResource> = new Map([
  ['apps/Deployment', DEPLOYMENTS],
  ['apps/ReplicaSet', REPLICA_SETS],
  ['apps/StatefulSet', STATEFUL_SETS],
  ['/ReplicationController', REPLICATION_CONTROLLERS],
]);

/** A CustomResourceDefinition, as far as scaling goes. */
export interface Definition extends KubeObject {
  spec?: {
    group?: string;
    names?: { kind?: string; plural?: string };
    versions?: { name?: string; subresources?: { scale?: object } }[];
  };
}

/** How large something is, and is to be. */
export interface ScaleFacts {
  readonly replicas: number;
  readonly current: number;
  /** Selects its pods; '' where it doesn't say. */
  readonly selector: string;
}

/** The definitions of custom resources: who calls `scaleResource` waits for them first. */
export function definitionsOf(informers: Informers): Informer<Definition> {
  return informers.of<Definition>(DEFINITIONS);
}

/** The resource of a kind that can be scaled; undefined where it can't, or nobody knows it. */
export function scaleResource(
  informers: Informers,
  apiVersion: string,
  kind: string,
): GroupVersionResource | undefined {
  const { group, version } = parseGroupVersion(apiVersion);
  const known = BUILT_IN.get(`${group}/${kind}`);
  if (known !== undefined) return known;
  const definition = definitionsOf(informers)
    .list()
    .find(({ spec }) => spec?.group === group && spec.names?.kind === kind);
  const served = definition?.spec?.versions?.find(({ name }) => name === version);
  const resource = definition?.spec?.names?.plural;
  return served?.subresources?.scale === undefined || resource === undefined ? undefined : { group, version, resource };
}

/** Reads the scale subresource; undefined when the object is gone. */
export async function readScale(
  client: Client,
  resource: GroupVersionResource,
  ref: ObjectRef,
): Promise<ScaleFacts | undefined> {
  const scale = await findObject<Scale>(client, resource, ref, { subresource: 'scale' });
  if (scale === undefined) return undefined;
  const { replicas: current = 0, selector = '' } = scale.status ?? {};
  return { replicas: scale.spec?.replicas ?? 0, current, selector };
}

/** Sets the size through the scale subresource. */
export async function writeScale(
  client: Client,
  resource: GroupVersionResource,
  ref: ObjectRef,
  replicas: number,
): Promise<void> {
  await client.patch(resource, ref, { type: 'merge', body: { spec: { replicas } } }, { subresource: 'scale' });
}

interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas?: number; selector?: string };
}
