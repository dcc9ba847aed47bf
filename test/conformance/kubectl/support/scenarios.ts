import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, createCluster } from '../../../../src/server/cluster.ts';
import { findKubectls, Kubectl } from '../../../lib/kubectl.ts';
import { KNOWN_FAILURES } from './known-failures.ts';

/** What a scenario works with: a kubectl in a namespace of the scenario's own, and the cluster without it. */
export interface Stage {
  readonly kubectl: Kubectl;
  readonly cluster: Cluster;
  /** The scenario's namespace: also the stem for names of what has no namespace. */
  readonly namespace: string;
}

type Scenario = (stage: Stage) => Promise<void>;
type Define = (title: string, body: Scenario) => void;

/** How many kubectls work at once, and how many scenarios of each: their waiting overlaps. */
const KUBECTLS_AT_ONCE = 4;
const SCENARIOS_AT_ONCE = 2;

const kubectls = findKubectls();
const skip = kubectls.length > 0 ? false : 'needs kubectl (HAKO_TEST_KUBECTL names some, separated by colons)';

/** Whether it is the newest of those that are tried, for what is costly to try with all. */
export function isNewest({ minor }: Kubectl): boolean {
  return minor === kubectls.at(-1)?.minor;
}

/**
 * Runs the same scenarios with every kubectl there is, against one cluster with two nodes on paper; `clusterEach`: each against a
 * cluster of its own, one after the other, for objects that all of a cluster sees (an API service whose server is away holds up the end of
 * every namespace).
 */
export function withEachKubectl(define: (scenario: Define) => void, { clusterEach = false } = {}): void {
  if (skip !== false) return void test('kubectl', { skip }, () => undefined);
  const shared = clusterEach ? undefined : new OneCluster();
  describe('kubectl', { concurrency: KUBECTLS_AT_ONCE }, () => {
    after(() => shared?.[Symbol.asyncDispose]());
    for (const binary of kubectls) {
      describe(`1.${binary.minor}`, { concurrency: clusterEach ? 1 : SCENARIOS_AT_ONCE }, () => {
        const clusters = shared ?? new OneCluster();
        let stage: Omit<Stage, 'namespace'>;
        before(async () => {
          const cluster = await clusters.get();
          stage = { cluster, kubectl: Kubectl.open(binary, cluster.kubeconfig) };
        });
        after(async () => {
          stage?.kubectl[Symbol.dispose]();
          if (shared === undefined) await clusters[Symbol.asyncDispose]();
        });
        let count = 0;
        define((title, body) => {
          const namespace = `v${binary.minor}-${count++}`;
          test(title, async () => expectOf(title, await enter(stage, namespace), body));
        });
      });
    }
  });
}

/** A cluster that starts when somebody wants it. */
class OneCluster implements AsyncDisposable {
  #cluster: Promise<Cluster> | undefined;

  get(): Promise<Cluster> {
    this.#cluster ??= createCluster({ fakeNodes: 2 });
    return this.#cluster;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#cluster)?.[Symbol.asyncDispose]();
  }
}

async function enter({ cluster, kubectl }: Omit<Stage, 'namespace'>, namespace: string): Promise<Stage> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await cluster.client.create({ group: '', version: 'v1', resource: 'namespaces' }, object);
  return { cluster, kubectl: kubectl.within(namespace), namespace };
}

/** A known failure must fail: who mends it is told to strike it off the list. */
async function expectOf(title: string, stage: Stage, body: Scenario): Promise<void> {
  const known = KNOWN_FAILURES.get(title);
  if (known === undefined) return body(stage);
  await assert.rejects(body(stage), `"${title}" passes now: strike it off known-failures.ts (${known})`);
}
