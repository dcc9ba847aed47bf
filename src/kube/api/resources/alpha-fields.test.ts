/** Fields of features that 1.36 has off go from what is written, unless the object has such already. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceSlices } from './resource/resource-slices.ts';
import { csiDrivers } from './storage/csi-drivers.ts';
import { changeIn, createIn } from './testing/check-kind.ts';

test('a CSI driver does not prevent scheduling where it is missing', () => {
  const { object } = createIn(csiDrivers, { spec: { preventPodSchedulingIfMissing: true } });
  assert.equal('preventPodSchedulingIfMissing' in (object.spec as object), false);
  const patch = { spec: { preventPodSchedulingIfMissing: false } };
  const specAfter = (old: typeof object) => changeIn(csiDrivers, old, patch).object.spec as object;
  assert.equal('preventPodSchedulingIfMissing' in specAfter(structuredClone(object)), false);
  const older = structuredClone(object);
  (older.spec as Record<string, unknown>).preventPodSchedulingIfMissing = true;
  assert.equal('preventPodSchedulingIfMissing' in specAfter(older), true);
});

test('attributes of devices are no lists', () => {
  const slice = (attributes: object) => ({
    spec: {
      driver: 'd',
      nodeName: 'n',
      pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'a', attributes }],
    },
  });
  type Slice = { spec: { devices: { attributes: object }[] } };
  const made = createIn(resourceSlices, slice({ x: { int: 1, ints: [1], bools: [true] }, y: { strings: ['s'] } }));
  const { devices } = (made.object as unknown as Slice).spec;
  assert.deepEqual(devices[0]?.attributes, { x: { int: 1 }, y: {} });
  assert.deepEqual(made.complaints, [
    'spec.devices[0].attributes[y]: Invalid value: "": exactly one value must be specified',
  ]);
  const old = createIn(resourceSlices, slice({ x: { int: 1 } })).object;
  (old as unknown as Slice).spec.devices[0] = { ...devices[0], attributes: { x: { versions: ['1.0.0'] } } };
  const { object } = changeIn(resourceSlices, old, { metadata: { labels: { a: 'b' } } });
  assert.deepEqual((object as unknown as Slice).spec.devices[0]?.attributes, { x: { versions: ['1.0.0'] } });
});
