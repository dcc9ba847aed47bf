import { ignoring, type KubeObject, type OwnerReference, type Shared } from '#kube/api';
import { type Client, keyOf } from '#kube/client';
import { ENDPOINT_SLICES, type Expectations, isNamespaceGoing } from '../common/mod.ts';
import type { SliceContents, SliceMeta, SlicesPlan } from './plan.ts';
import type { EndpointSlice } from './types.ts';

/** Whose slices are written. */
export interface SliceOwner {
  readonly object: Shared<KubeObject>;
  readonly reference: OwnerReference;
  readonly meta: SliceMeta;
}

/** Carries a plan out, and remembers it until the informer shows it. */
export async function writeSlices(
  client: Client,
  { object, reference, meta }: SliceOwner,
  slices: readonly Shared<EndpointSlice>[],
  plan: SlicesPlan,
  expectations: Expectations<EndpointSlice>,
): Promise<void> {
  const key = keyOf(object as KubeObject);
  const { namespace, name } = object.metadata;
  for (const { name: sliceName, ...contents } of plan.update) {
    const old = slices.find(({ metadata }) => metadata.name === sliceName);
    if (old === undefined) continue;
    expectations.wrote(key, await client.update(ENDPOINT_SLICES, sliceOf({ ...old.metadata, ...meta }, contents)));
  }
  for (const contents of plan.create) {
    const metadata = { generateName: `${name}-`, namespace, ...meta, ownerReferences: [reference] };
    try {
      expectations.wrote(key, await client.create(ENDPOINT_SLICES, sliceOf(metadata, contents)));
    } catch (error) {
      if (!isNamespaceGoing(error)) throw error;
    }
  }
  for (const old of plan.remove)
    await removeSlice(
      client,
      key,
      slices.find(({ metadata }) => metadata.name === old),
      expectations,
    );
}

async function removeSlice(
  client: Client,
  key: string,
  slice: Shared<EndpointSlice> | undefined,
  expectations: Expectations<EndpointSlice>,
): Promise<void> {
  if (slice === undefined) return;
  const { name = '', namespace } = slice.metadata;
  await ignoring(client.delete(ENDPOINT_SLICES, { name, namespace }), 'NotFound');
  expectations.removed(key, slice);
}

function sliceOf(
  metadata: Shared<KubeObject['metadata']>,
  { addressType, ports, endpoints }: SliceContents,
): KubeObject {
  const slice: Shared<KubeObject> = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType,
    endpoints,
    ports,
  };
  return slice as KubeObject;
}
