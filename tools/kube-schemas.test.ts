import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { generate } from './kube-schemas.ts';

const source = join(import.meta.dirname, '../node_modules/@kubernetes/client-node');
const dir = mkdtempSync(join(tmpdir(), 'hako-schemas-test-'));
after(() => rmSync(dir, { recursive: true }));

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(dir, file), 'utf8')) as T;
}

it('generate names definitions as upstream does, with kinds and types', () => {
  assert.ok(generate(source, dir) > 700);
  const packages = read<Record<string, { kinds: string[]; definitions: Record<string, string> }>>('structure.json');
  const core = packages['io.k8s.api.core.v1'];
  assert.ok(
    core?.kinds.includes('PodList') && !core.kinds.includes('PodSpec') && !core.kinds.includes('ObjectReference'),
  );
  assert.match(core?.definitions.PodSpec ?? '', /(^| )containers!:\[\]Container( |$)/);
  assert.match(
    core?.definitions.ResourceRequirements ?? '',
    /limits:\{\}io\.k8s\.apimachinery\.pkg\.api\.resource\.Quantity/,
  );
  assert.match(
    packages['io.k8s.api.apps.v1']?.definitions.DeploymentSpec ?? '',
    /template!:io\.k8s\.api\.core\.v1\.PodTemplateSpec/,
  );
  assert.ok(packages['io.k8s.api.events.v1']?.definitions.Event?.includes('regarding:'));
});

it('generate gives descriptions in the order of the fields, without the escapes of their source', () => {
  const packages = read<Record<string, { definitions: Record<string, string> }>>('structure.json');
  const texts = read<Record<string, string[]>>('descriptions.json');
  const fields = packages['io.k8s.api.core.v1']?.definitions.ServicePort?.split(' ') ?? [];
  const [own, ...each] = texts['io.k8s.api.core.v1.ServicePort'] ?? [];
  assert.equal(own, "ServicePort contains information on service's port.");
  assert.equal(each.length, fields.length);
  assert.equal(
    each[fields.indexOf('protocol:string')],
    'The IP protocol for this port. Supports "TCP", "UDP", and "SCTP". Default is TCP.',
  );
  assert.doesNotMatch(JSON.stringify(texts), /\\\\'/);
});

it('generate makes the same files again', () => {
  const before = readFileSync(join(dir, 'structure.json'), 'utf8');
  generate(source, dir);
  assert.equal(readFileSync(join(dir, 'structure.json'), 'utf8'), before);
});
