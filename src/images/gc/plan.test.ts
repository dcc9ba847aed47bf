import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '#base';
import { type GcImage, type GcObservation, type ImageGcSettings, planImageGc } from './plan.ts';

const digest = (name: string) => `sha256:${name}` as Digest;
const HOUR = 3_600_000;
const NOW = 1000 * HOUR;
const SETTINGS: ImageGcSettings = { highPercent: 85, lowPercent: 80, minAgeMs: HOUR };

/** Images in a short hand: name, hours since they were used, parts. */
function seen(
  usedPercent: number,
  images: [name: string, unusedHours: number, parts: string, neededBy?: GcImage['neededBy']][],
  parts: Record<string, number | [bytes: number, held: true]>,
): GcObservation {
  return {
    disk: { totalBytes: 1000, usedBytes: usedPercent * 10 },
    images: images.map(([name, unusedHours, list, neededBy]) => ({
      id: digest(name),
      lastUsedAtMs: NOW - unusedHours * HOUR,
      createdAtMs: 0,
      parts: [...list].map(digest),
      ...(neededBy === undefined ? {} : { neededBy }),
    })),
    parts: new Map(
      Object.entries(parts).map(([name, value]) => [
        digest(name),
        typeof value === 'number' ? { bytes: value, isHeld: false } : { bytes: value[0], isHeld: true },
      ]),
    ),
  };
}

function plan(observation: GcObservation, settings = SETTINGS) {
  const { remove, wantedBytes, freedBytes } = planImageGc(observation, settings, NOW);
  return {
    remove: remove.map(({ id, reason, freesBytes }) => `${id.slice(7)} ${reason} ${freesBytes}`),
    wantedBytes,
    freedBytes,
  };
}

describe('planImageGc', () => {
  it('does nothing below the high mark', () => {
    assert.deepEqual(plan(seen(84, [['old', 500, 'a']], { a: 100 })), { remove: [], wantedBytes: 0, freedBytes: 0 });
  });

  it('removes what was unused for longest until the low mark is reached', () => {
    const observation = seen(
      90,
      [
        ['new', 2, 'a'],
        ['oldest', 50, 'b'],
        ['older', 20, 'c'],
      ],
      { a: 70, b: 60, c: 50 },
    );
    assert.deepEqual(plan(observation), {
      remove: ['oldest disk 60', 'older disk 50'],
      wantedBytes: 100,
      freedBytes: 110,
    });
  });

  it('counts a shared part when its last image goes, and not what containers hold', () => {
    const observation = seen(
      95,
      [
        ['one', 30, 'sa'],
        ['two', 20, 'sb'],
        ['three', 10, 'hc'],
      ],
      { s: 100, a: 10, b: 20, h: [500, true], c: 5 },
    );
    assert.deepEqual(plan(observation), {
      remove: ['one disk 10', 'two disk 120', 'three disk 5'],
      wantedBytes: 150,
      freedBytes: 135,
    });
  });

  it('keeps what a container or a transfer needs, and what was used lately', () => {
    const observation = seen(
      99,
      [
        ['container', 900, 'a', 'container'],
        ['pull', 900, 'b', 'lease'],
        ['fresh', 0.5, 'c'],
        ['free', 1, 'd'],
      ],
      { a: 100, b: 100, c: 100, d: 1 },
    );
    assert.deepEqual(plan(observation), { remove: ['free disk 1'], wantedBytes: 190, freedBytes: 1 });
  });

  it('removes by age whatever the disk', () => {
    const settings = { ...SETTINGS, maxAgeMs: 100 * HOUR };
    const observation = seen(
      10,
      [
        ['old', 100, 'a'],
        ['new', 99, 'b'],
        ['used', 500, 'c', 'container'],
      ],
      { a: 5, b: 5, c: 5 },
    );
    assert.deepEqual(plan(observation, settings), { remove: ['old age 5'], wantedBytes: 0, freedBytes: 5 });
  });

  it('counts what age frees towards the low mark', () => {
    const settings = { ...SETTINGS, maxAgeMs: 100 * HOUR };
    const images: Parameters<typeof seen>[1] = [
      ['ancient', 200, 'a'],
      ['old', 50, 'b'],
      ['newer', 40, 'c'],
    ];
    assert.deepEqual(plan(seen(86, images, { a: 55, b: 10, c: 10 }), settings), {
      remove: ['ancient age 55', 'old disk 10'],
      wantedBytes: 60,
      freedBytes: 65,
    });
  });

  it('is the same whatever the order in which things are seen', () => {
    const images: Parameters<typeof seen>[1] = [
      ['x', 10, 'a'],
      ['y', 10, 'b'],
    ];
    const parts = { a: 60, b: 60 };
    assert.deepEqual(plan(seen(86, images, parts)), plan(seen(86, images.toReversed(), parts)));
  });
});
