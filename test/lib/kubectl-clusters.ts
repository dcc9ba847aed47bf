import { test } from 'node:test';
import { createCluster } from 'hakobune';
import { forAllTests } from './for-all-tests.ts';
import { findKubectls, Kubectl, type KubectlBinary } from './kubectl.ts';

/**
 * The oldest and the newest kubectl there is, each with a cluster of its own that has nodes on paper; they last until all tests of the
 * file are over. Where none is installed, the report has a skipped test with `title`.
 */
export async function kubectlsInClusters(title: string, fakeNodes: number): Promise<Kubectl[]> {
  const found = findKubectls();
  if (found.length === 0) void test(title, { skip: 'no kubectl is installed' }, () => undefined);
  const tried = found.filter((_, at) => at === 0 || at === found.length - 1);
  return Promise.all(tried.map((binary) => inCluster(binary, fakeNodes)));
}

async function inCluster(binary: KubectlBinary, fakeNodes: number): Promise<Kubectl> {
  const { kubeconfig } = forAllTests(await createCluster({ fakeNodes }));
  return forAllTests(Kubectl.open(binary, kubeconfig));
}
