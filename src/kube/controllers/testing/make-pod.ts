import type { KubeObject, ObjectMeta } from '#kube/api';
import type { Pod } from '../common/mod.ts';

/** The moment in which plans of tests are made. */
export const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

/** RFC 3339, so many seconds before `NOW_MS`. */
export function secondsAgo(seconds: number): string {
  return `${new Date(NOW_MS - seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** What a test says of a pod; all of it has a default. */
export interface PodFacts {
  readonly phase?: string;
  readonly ready?: boolean;
  /** Since when it is ready. */
  readonly readySeconds?: number;
  readonly node?: string;
  readonly ageSeconds?: number;
  readonly restarts?: number;
  readonly terminating?: boolean;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly meta?: Partial<ObjectMeta>;
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

/** A pod that runs and is ready for an hour, unless said otherwise. */
export function makePod(name: string, facts: PodFacts = {}): Pod {
  const { phase = 'Running', ready = phase === 'Running', readySeconds = 3600, ageSeconds = 3600 } = facts;
  const lastTransitionTime = secondsAgo(readySeconds);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'test',
      uid: `uid-${name}`,
      creationTimestamp: secondsAgo(ageSeconds),
      labels: { app: 'web', ...facts.labels },
      ...(facts.annotations === undefined ? {} : { annotations: facts.annotations }),
      ...(facts.terminating === true ? { deletionTimestamp: secondsAgo(5) } : {}),
      ...facts.meta,
    },
    spec: { nodeName: facts.node ?? 'node-1', containers: [{ name: 'main', image: 'example/web' }], ...facts.spec },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }],
      containerStatuses: [{ name: 'main', ready, restartCount: facts.restarts ?? 0 }],
      ...facts.status,
    },
  };
}

/** Any object of the namespace `test`. */
export function makeObject<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  name: string,
  rest: Record<string, unknown>,
  meta: Partial<ObjectMeta> = {},
): T {
  const metadata = {
    name,
    namespace: 'test',
    uid: `uid-${name}`,
    generation: 1,
    creationTimestamp: secondsAgo(7200),
    ...meta,
  };
  return { apiVersion, kind, metadata, ...rest } as unknown as T;
}
