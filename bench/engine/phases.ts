/** Sums the spans of a trace that was taken of one engine doing one thing after the other. */
import { readFileSync } from 'node:fs';
import { summarise } from '../lib/stats.ts';

/** A complete event of the Trace Event Format; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
}

/** A phase within another one, over all containers of the trace. */
export interface Phase {
  /** Names of the phases around it, outermost first, then its own. */
  readonly path: readonly string[];
  /** How often it came for each container. */
  readonly calls: number;
  readonly medianMs: number;
  /** What it cost each container, all calls together. */
  readonly perContainerMs: number;
}

/** Reads a trace and nests its spans by their times. Spans that overlap without one holding the other are siblings. */
export function readPhases(path: string, containers: number): Phase[] {
  const events = JSON.parse(`${readFileSync(path, 'utf8').replace(/,\s*$/, '')}]`) as TraceEvent[];
  const groups = new Map<string, { path: string[]; durationsMs: number[] }>();
  for (const { path, event } of nested(events)) {
    const key = path.join('\0');
    const group = groups.get(key) ?? { path, durationsMs: [] };
    group.durationsMs.push(event.dur / 1000);
    groups.set(key, group);
  }
  return inOrder([...groups.values()]).map(({ path, durationsMs }) => ({
    path,
    calls: durationsMs.length / containers,
    medianMs: summarise(durationsMs)?.median ?? Number.NaN,
    perContainerMs: durationsMs.reduce((sum, each) => sum + each, 0) / containers,
  }));
}

function nested(events: readonly TraceEvent[]): { path: string[]; event: TraceEvent }[] {
  const open: TraceEvent[] = [];
  return events
    .toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)
    .map((event) => {
      const end = event.ts + event.dur;
      const holders = isRequest(event) ? [] : open.filter((holder) => holder.ts + holder.dur >= end);
      open.splice(0, open.length, ...holders, event);
      return { path: open.map(({ name }) => name), event };
    });
}

/** Requests of the API are no part of what else goes on when they come. */
function isRequest({ name }: TraceEvent): boolean {
  return /^(GET|POST|PUT|DELETE|HEAD) /.test(name);
}

/** Parents before their children, otherwise as they first came. */
function inOrder<T extends { path: string[] }>(groups: readonly T[], depth = 1, above: readonly string[] = []): T[] {
  const here = groups.filter(({ path }) => path.length === depth && above.every((name, at) => path[at] === name));
  return here.flatMap((group) => [group, ...inOrder(groups, depth + 1, group.path)]);
}
