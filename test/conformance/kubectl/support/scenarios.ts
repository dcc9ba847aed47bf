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

/** Runs the same scenarios with every kubectl there is, each kubectl against a cluster of its own with two nodes on paper. */
export function withEachKubectl(define: (scenario: Define) => void): void {
  if (skip !== false) test('kubectl', { skip }, () => undefined);
  describe('kubectl', { concurrency: KUBECTLS_AT_ONCE }, () => {
    for (const binary of kubectls) {
      describe(`1.${binary.minor}`, { concurrency: SCENARIOS_AT_ONCE }, () => {
        let stage: Omit<Stage, 'namespace'>;
        before(async () => {
          const cluster = await createCluster({ fakeNodes: 2 });
          stage = { cluster, kubectl: Kubectl.open(binary, cluster.kubeconfig) };
        });
        after(async () => {
          stage?.kubectl[Symbol.dispose]();
          await stage?.cluster[Symbol.asyncDispose]();
        });
        let count = 0;
        define((title, body) => {
          const namespace = `s${count++}`;
          test(title, async () => expectOf(title, await enter(stage, namespace), body));
        });
      });
    }
  });
}

async function enter(stage: Omit<Stage, 'namespace'>, namespace: string): Promise<Stage> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await stage.cluster.client.create({ group: '', version: 'v1', resource: 'namespaces' }, object);
  return { cluster: stage.cluster, kubectl: stage.kubectl.within(namespace), namespace };
}

/** A known failure must fail: who mends it is told to strike it off the list. */
async function expectOf(title: string, stage: Stage, body: Scenario): Promise<void> {
  const known = KNOWN_FAILURES.get(title);
  if (known === undefined) return body(stage);
  await assert.rejects(body(stage), `"${title}" passes now: strike it off known-failures.ts (${known})`);
}
