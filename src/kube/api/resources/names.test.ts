import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtinResources } from './mod.ts';

const rows = builtinResources().filter(({ group }) => group !== '');

function table(of: (row: (typeof rows)[number]) => string | undefined): Record<string, string> {
  return Object.fromEntries(
    rows.flatMap((row) => {
      const text = of(row);
      return text === undefined ? [] : [[`${row.plural}.${row.group}`, text]];
    }),
  );
}

test('short names are those that kubectl knows', () => {
  assert.deepEqual(
    table(({ shortNames }) => shortNames?.join()),
    {
      'certificatesigningrequests.certificates.k8s.io': 'csr',
      'cronjobs.batch': 'cj',
      'customresourcedefinitions.apiextensions.k8s.io': 'crd,crds',
      'daemonsets.apps': 'ds',
      'deployments.apps': 'deploy',
      'events.events.k8s.io': 'ev',
      'horizontalpodautoscalers.autoscaling': 'hpa',
      'ingresses.networking.k8s.io': 'ing',
      'ipaddresses.networking.k8s.io': 'ip',
      'networkpolicies.networking.k8s.io': 'netpol',
      'poddisruptionbudgets.policy': 'pdb',
      'priorityclasses.scheduling.k8s.io': 'pc',
      'replicasets.apps': 'rs',
      'statefulsets.apps': 'sts',
      'storageclasses.storage.k8s.io': 'sc',
      'volumeattributesclasses.storage.k8s.io': 'vac',
    },
  );
});

test('what kubectl get all shows', () => {
  const all = rows.filter(({ categories }) => categories?.includes('all')).map(({ plural }) => plural);
  assert.deepEqual(all.sort(), [
    'cronjobs',
    'daemonsets',
    'deployments',
    'horizontalpodautoscalers',
    'jobs',
    'replicasets',
    'statefulsets',
  ]);
});

test("storage keys are the plural names, but for upstream's few others", () => {
  assert.deepEqual(
    table(({ storagePrefix }) => storagePrefix),
    {
      'apiservices.apiregistration.k8s.io': 'apiregistration.k8s.io/apiservices',
      'customresourcedefinitions.apiextensions.k8s.io': 'apiextensions.k8s.io/customresourcedefinitions',
      'ingresses.networking.k8s.io': 'ingress',
    },
  );
});

test('PUT creates what clients create so', () => {
  const names = rows.filter(({ strategy }) => strategy.allowCreateOnUpdate === true).map(({ plural }) => plural);
  assert.deepEqual(names.sort(), [
    'clusterrolebindings',
    'clusterroles',
    'events',
    'ipaddresses',
    'leases',
    'rolebindings',
    'roles',
  ]);
});

test('every row is one of a kind, and its storage version is served', () => {
  const seen = new Set<string>();
  for (const row of rows) {
    const name = `${row.plural}.${row.group}`;
    assert.ok(!seen.has(name), name);
    seen.add(name);
    assert.ok(
      row.versions.some((version) => version.name === row.storageVersion),
      name,
    );
    for (const version of row.versions) assert.equal(version.schema(), version.schema(), name);
  }
});
