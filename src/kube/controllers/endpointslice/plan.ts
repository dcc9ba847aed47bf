import type { Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import type { Endpoint, EndpointPort, EndpointSlice } from './types.ts';

/** Endpoints of one family that have the same ports. */
export interface EndpointGroup {
  readonly addressType: string;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** What all slices of an owner carry. */
export interface SliceMeta {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A slice's contents. */
export interface SliceContents {
  readonly addressType: string;
  readonly ports: readonly Shared<EndpointPort>[];
  readonly endpoints: readonly Shared<Endpoint>[];
}

/** What to do about the slices of a service. */
export interface SlicesPlan {
  readonly create: readonly SliceContents[];
  readonly update: readonly (SliceContents & { readonly name: string })[];
  /** Names. */
  readonly remove: readonly string[];
}

/** Endpoints in one slice. */
const MAX_ENDPOINTS = 100;

/**
 * Spreads endpoints over slices with few changes: what has a slice stays in it, what is new goes where there is room,
 * then into new slices; slices that hold nothing go. Pure. Where a family has no endpoints there is one empty slice,
 * so that it is known that nothing is there.
 */
export function planSlices(
  groups: readonly EndpointGroup[],
  slices: readonly Shared<EndpointSlice>[],
  meta: SliceMeta,
): SlicesPlan {
  const plan = {
    create: [] as SliceContents[],
    update: [] as (SliceContents & { name: string })[],
    remove: [] as string[],
  };
  const byKey = Map.groupBy(slices, keyOfSlice);
  for (const group of groups) {
    const key = keyOfGroup(group.addressType, group.ports);
    planGroup(group, byKey.get(key) ?? [], meta, plan);
    byKey.delete(key);
  }
  for (const left of byKey.values()) plan.remove.push(...left.map(nameOf));
  return plan;
}

type MutablePlan = { create: SliceContents[]; update: (SliceContents & { name: string })[]; remove: string[] };

function planGroup(
  group: EndpointGroup,
  slices: readonly Shared<EndpointSlice>[],
  meta: SliceMeta,
  plan: MutablePlan,
): void {
  const { addressType, ports } = group;
  const wanted = new Map(group.endpoints.map((endpoint) => [keyOfEndpoint(endpoint), endpoint]));
  const kept = slices.map((slice) => ({ slice, endpoints: keptIn(slice, wanted) }));
  const fresh = [...wanted.values()];
  // The fullest first, so that few slices have room left.
  for (const { endpoints } of [...kept].sort((a, b) => b.endpoints.length - a.endpoints.length)) {
    if (endpoints.length > 0) endpoints.push(...fresh.splice(0, MAX_ENDPOINTS - endpoints.length));
  }
  for (const { endpoints } of kept) if (endpoints.length === 0) endpoints.push(...fresh.splice(0, MAX_ENDPOINTS));
  while (fresh.length > 0) plan.create.push({ addressType, ports, endpoints: fresh.splice(0, MAX_ENDPOINTS) });
  const isEmpty = group.endpoints.length === 0;
  kept.forEach(({ slice, endpoints }, at) => {
    // One empty slice is kept where there is nothing at all.
    if (endpoints.length === 0 && !(isEmpty && at === 0)) plan.remove.push(nameOf(slice));
    else if (differs(slice, endpoints, meta)) plan.update.push({ name: nameOf(slice), addressType, ports, endpoints });
  });
  if (isEmpty && kept.length === 0) plan.create.push({ addressType, ports, endpoints: [] });
}

/** The endpoints of a slice that are still wanted, as they are now; takes them from `wanted`. */
function keptIn(slice: Shared<EndpointSlice>, wanted: Map<string, Endpoint>): Shared<Endpoint>[] {
  const kept: Shared<Endpoint>[] = [];
  for (const endpoint of slice.endpoints ?? []) {
    const key = keyOfEndpoint(endpoint);
    const now = wanted.get(key);
    if (now === undefined) continue;
    wanted.delete(key);
    kept.push(semanticEqual(now, endpoint) ? endpoint : now);
  }
  return kept;
}

function differs(
  slice: Shared<EndpointSlice>,
  endpoints: readonly Shared<Endpoint>[],
  { labels, annotations }: SliceMeta,
): boolean {
  return (
    !semanticEqual(slice.endpoints, endpoints) ||
    !semanticEqual(slice.metadata.labels, labels) ||
    (annotations !== undefined && !semanticEqual(slice.metadata.annotations, annotations))
  );
}

function nameOf({ metadata }: Shared<EndpointSlice>): string {
  return metadata.name ?? '';
}

function keyOfEndpoint({ addresses, targetRef, hostname }: Shared<Endpoint>): string {
  return `${addresses.join(',')} ${targetRef?.uid ?? ''} ${hostname ?? ''}`;
}

function keyOfSlice({ addressType, ports }: Shared<EndpointSlice>): string {
  return keyOfGroup(addressType ?? '', ports ?? []);
}

/** The family and the ports: what all endpoints of a slice have in common. */
export function keyOfGroup(addressType: string, ports: readonly Shared<EndpointPort>[]): string {
  const texts = ports.map(
    ({ name = '', port = 0, protocol = 'TCP', appProtocol = '' }) => `${name}/${port}/${protocol}/${appProtocol}`,
  );
  return `${addressType} ${texts.sort().join(' ')}`;
}
