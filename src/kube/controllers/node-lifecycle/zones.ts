import type { Shared } from '#kube/api';
import { readiness } from './conditions.ts';
import type { Node } from './types.ts';

/** How a zone is: fine, with most of its nodes lost, or with all. */
export type ZoneMode = 'normal' | 'partial' | 'full';

const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
/** From this share of lost nodes on the network is the suspect, not the nodes. */
const UNHEALTHY_SHARE = 0.55;
const LARGE_ZONE = 50;
/** Nodes are emptied one after the other: pauses between two. */
const NORMAL_PAUSE_MS = 10_000;
const PARTIAL_PAUSE_MS = 100_000;

/** The zone that a node is in. */
export function zoneOf({ metadata }: Shared<Node>): string {
  return JSON.stringify([metadata.labels?.[REGION] ?? '', metadata.labels?.[ZONE] ?? '']);
}

/** The modes of all zones, and how many nodes each has. Pure. */
export function zoneModes(nodes: readonly Shared<Node>[]): Map<string, { mode: ZoneMode; size: number }> {
  const counts = new Map<string, { size: number; lost: number }>();
  for (const node of nodes) {
    const zone = zoneOf(node);
    const count = counts.get(zone) ?? { size: 0, lost: 0 };
    count.size++;
    if (readiness(node) !== 'True') count.lost++;
    counts.set(zone, count);
  }
  return new Map([...counts].map(([zone, { size, lost }]) => [zone, { mode: modeOf(size, lost), size }]));
}

function modeOf(size: number, lost: number): ZoneMode {
  if (lost === size && lost > 0) return 'full';
  return lost > 2 && lost / size >= UNHEALTHY_SHARE ? 'partial' : 'normal';
}

/**
 * How fast nodes of a zone may be emptied: the pause between two in milliseconds. `never`: not now. When all zones are lost at once it is
 * this server that is cut off, and nothing is touched. Pure.
 */
export function evictionPauseMs(
  zone: string,
  modes: ReadonlyMap<string, { readonly mode: ZoneMode; readonly size: number }>,
): number | 'never' {
  if ([...modes.values()].every(({ mode }) => mode === 'full')) return 'never';
  const { mode, size } = modes.get(zone) ?? { mode: 'normal', size: 0 };
  if (mode !== 'partial') return NORMAL_PAUSE_MS;
  return size > LARGE_ZONE ? PARTIAL_PAUSE_MS : 'never';
}

/** Do all zones count as lost? */
export function isAllLost(modes: ReadonlyMap<string, { readonly mode: ZoneMode }>): boolean {
  return modes.size > 0 && [...modes.values()].every(({ mode }) => mode === 'full');
}
