/** What of the metadata a write of the status may change is each kind's own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../object.ts';
import { subresourcesOf } from '../resource.ts';
import { builtinResources } from './mod.ts';
import { CONTEXT } from './testing/check-kind.ts';

const NOTHING = ['labels', 'annotations'];
const KEPT: Readonly<Record<string, readonly string[]>> = {
  deployments: ['labels'],
  resourceclaims: NOTHING,
  servicecidrs: NOTHING,
  volumeattachments: NOTHING,
  validatingadmissionpolicies: NOTHING,
  flowschemas: NOTHING,
  prioritylevelconfigurations: NOTHING,
  apiservices: NOTHING,
};

describe('a write of the status', () => {
  for (const row of builtinResources()) {
    const { prepareForUpdate } = subresourcesOf(row, row.versions[0]).status?.strategy ?? {};
    if (prepareForUpdate === undefined) continue;
    it(`of ${row.plural} keeps ${KEPT[row.plural]?.join(' and ') ?? 'neither labels nor annotations'}`, () => {
      const base = { apiVersion: 'x', kind: row.kind, spec: {}, status: {} };
      const old: KubeObject = { ...base, metadata: { name: 'x', labels: { a: 'old' } } };
      const object: KubeObject = {
        ...structuredClone(base),
        metadata: { name: 'x', labels: { a: 'new' }, annotations: { a: 'new' } },
      };
      prepareForUpdate(object, old, CONTEXT);
      const kept = [
        ...(object.metadata.labels?.a === 'old' ? ['labels'] : []),
        ...(object.metadata.annotations === undefined ? ['annotations'] : []),
      ];
      assert.deepEqual(kept, KEPT[row.plural] ?? []);
    });
  }
});
