import assert from 'node:assert/strict';
import { withEachKubectl } from './support/scenarios.ts';

/** A CRD of a group of the scenario's own. */
function crontabs(group: string): string {
  const spec = {
    type: 'object',
    description: 'What is to run, and when.',
    required: ['cron'],
    properties: {
      cron: { type: 'string', description: 'When to run.', pattern: '^\\S+( \\S+){4}$' },
      replicas: { type: 'integer', default: 1, minimum: 1, maximum: 10 },
      image: { type: 'string' },
    },
    'x-kubernetes-validations': [
      { rule: '!has(self.image) || self.image.startsWith("example/")', message: 'image must be from example' },
    ],
  };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec, status: { type: 'object', properties: { replicas: { type: 'integer' } } } },
      },
    },
    subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
    additionalPrinterColumns: [
      { name: 'Cron', type: 'string', jsonPath: '.spec.cron' },
      { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
      { name: 'Image', type: 'string', jsonPath: '.spec.image', priority: 1 },
    ],
  };
  const names = { plural: 'crontabs', kind: 'CronTab', shortNames: ['ct'] };
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `crontabs.${group}` },
    spec: { group, names, scope: 'Namespaced', versions: [version] },
  });
}

const crontab = (group: string, spec: object) =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind: 'CronTab', metadata: { name: 'a' }, spec });

withEachKubectl((scenario) => {
  scenario('a CRD is applied, waited for, used, explained and deleted', async ({ kubectl, namespace }) => {
    const group = `${namespace}.example.com`;
    const resource = `crontabs.${group}`;
    assert.equal(
      await kubectl.okWith(crontabs(group), 'apply', '-f', '-'),
      `customresourcedefinition.apiextensions.k8s.io/${resource} created`,
    );
    await kubectl.ok('wait', '--for=condition=established', `crd/${resource}`, '--timeout=10s');
    const apply = (spec: object) => kubectl.okWith(crontab(group, spec), 'apply', '-f', '-');
    assert.equal(await apply({ cron: '* * * * *' }), `crontab.${group}/a created`);
    assert.equal(await apply({ cron: '* * * * *' }), `crontab.${group}/a unchanged`);
    assert.equal(await apply({ cron: '1 * * * *' }), `crontab.${group}/a configured`);
    assert.match(await kubectl.ok('get', resource), /^NAME +CRON +REPLICAS\na +1 \* \* \* \* +1$/);
    assert.match(await kubectl.ok('get', resource, '-o', 'wide'), /^NAME +CRON +REPLICAS +IMAGE\n/);
    await kubectl.ok('scale', resource, 'a', '--replicas=3');
    assert.equal(await kubectl.ok('get', resource, 'a', '-o', 'jsonpath={.spec.replicas}'), '3');
    assert.match(await kubectl.ok('explain', `${resource}.spec.cron`), /When to run\./);
    const wrong = await kubectl.failsWith(
      crontab(group, { cron: 'now', replicas: 'x', image: 'y' }),
      'apply',
      '-f',
      '-',
    );
    assert.match(wrong, /spec\.cron: Invalid value: "now": spec\.cron in body should match/);
    assert.match(wrong, /spec\.replicas: Invalid value: "string": spec\.replicas in body must be of type integer/);
    const ruled = await kubectl.failsWith(crontab(group, { cron: '* * * * *', image: 'y' }), 'apply', '-f', '-');
    assert.match(ruled, /spec: Invalid value: "object": image must be from example/);
    const unknown = await kubectl.failsWith(crontab(group, { cron: '* * * * *', nope: 1 }), 'apply', '-f', '-');
    assert.match(unknown, /unknown field "spec\.nope"/);
    await kubectl.okWith(
      crontab(group, { cron: '* * * * *' }),
      'apply',
      '--server-side',
      '--force-conflicts',
      '-f',
      '-',
    );
    await kubectl.ok('delete', 'crd', resource, '--timeout=10s');
    assert.match(
      await kubectl.fails('get', resource),
      /doesn't have a resource type|could not find the requested resource/,
    );
  });
});
