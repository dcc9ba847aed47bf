import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isHakoError } from '#base';
import { CdiRegistry, isCdiDevice } from './registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-cdi-'));
after(() => rmSync(folder, { recursive: true }));

const JSON_SPEC = {
  cdiVersion: '0.6.0',
  kind: 'acme.com/gpu',
  containerEdits: { env: ['ACME=1'], hooks: [{ hookName: 'createContainer', path: '/bin/true', args: ['true'] }] },
  devices: [
    { name: '0', containerEdits: { deviceNodes: [{ path: '/dev/null' }] } },
    { name: '1', containerEdits: { deviceNodes: [{ path: '/dev/acme1', type: 'c', major: 240, minor: 1 }] } },
    { name: 'gone', containerEdits: { deviceNodes: [{ path: '/dev/acme-gone' }] } },
  ],
};
const YAML_SPEC = `
cdiVersion: "0.5.0"
kind: "acme.com/net"
devices:
  - name: eth
    containerEdits:
      mounts:
        - hostPath: /usr/lib/acme
          containerPath: /usr/lib/acme
          options: [ro, bind]
`;
writeFileSync(join(folder, 'gpu.json'), JSON.stringify(JSON_SPEC));
writeFileSync(join(folder, 'net.yaml'), YAML_SPEC);
writeFileSync(join(folder, 'broken.json'), '{');
writeFileSync(join(folder, 'wrong.yaml'), 'cdiVersion: "0.6.0"\nkind: [1]\n');
writeFileSync(join(folder, 'readme.txt'), 'not a spec');
const registry = CdiRegistry.read([folder, join(folder, 'missing')]);

describe('CDI registry', () => {
  it('reads JSON and YAML and leaves broken files out', () => {
    assert.deepEqual(registry.names(), ['acme.com/gpu=0', 'acme.com/gpu=1', 'acme.com/gpu=gone', 'acme.com/net=eth']);
  });

  it('joins the edits of devices with those of their file, once', () => {
    const edits = registry.resolve(['acme.com/gpu=0', 'acme.com/gpu=1', 'acme.com/net=eth']);
    assert.deepEqual(edits.env, ['ACME=1']);
    assert.deepEqual(edits.hooks, [{ hookName: 'createContainer', path: '/bin/true', args: ['true'] }]);
    const numbers = edits.deviceNodes.map(({ path, major, minor }) => ({ path, major, minor }));
    assert.deepEqual(numbers, [
      { path: '/dev/null', major: 1, minor: 3 },
      { path: '/dev/acme1', major: 240, minor: 1 },
    ]);
    assert.equal(edits.mounts[0]?.containerPath, '/usr/lib/acme');
  });

  it('refuses devices that are not defined and nodes that the host lacks', () => {
    assert.throws(
      () => registry.resolve(['acme.com/gpu=9']),
      (error) => isHakoError(error, 'invalid'),
    );
    assert.throws(
      () => registry.resolve(['acme.com/gpu=gone']),
      (error) => isHakoError(error, 'failed_precondition'),
    );
  });

  it('chooses GPUs by count and by id', () => {
    assert.deepEqual(registry.gpus({ count: 2 }), ['acme.com/gpu=0', 'acme.com/gpu=1']);
    assert.deepEqual(registry.gpus({ ids: ['1'] }), ['acme.com/gpu=1']);
    assert.throws(
      () => registry.gpus({ ids: ['7'] }),
      (error) => isHakoError(error, 'invalid'),
    );
    const none = CdiRegistry.read([]);
    assert.throws(
      () => none.gpus({ count: 1 }),
      (error) => isHakoError(error, 'failed_precondition'),
    );
  });

  it('tells a CDI name from a path', () => {
    assert.equal(isCdiDevice('nvidia.com/gpu=all'), true);
    assert.equal(isCdiDevice('/dev/fuse'), false);
    assert.equal(isCdiDevice('/dev/fuse:/dev/fuse:rwm'), false);
  });
});
