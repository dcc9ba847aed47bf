import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateResources } from './resources.ts';
import { TEST_HOST } from './test-input.ts';

describe('generateResources', () => {
  it('names only what was asked for, so that an update leaves the rest alone', () => {
    assert.deepEqual(generateResources({}, TEST_HOST), {});
    assert.deepEqual(generateResources({ cpuShares: 512 }, TEST_HOST), { cpu: { shares: 512 } });
  });

  it('gives as much swap as memory unless told otherwise', () => {
    assert.deepEqual(generateResources({ memoryBytes: 100 }, TEST_HOST).memory, { limit: 100, swap: 200 });
    assert.deepEqual(generateResources({ memoryBytes: 100, memorySwapBytes: -1 }, TEST_HOST).memory, {
      limit: 100,
      swap: -1,
    });
    const noSwap = { ...TEST_HOST, swapAccounting: false };
    assert.deepEqual(generateResources({ memoryBytes: 100 }, noSwap).memory, { limit: 100 });
  });

  it('turns CPUs into quota and period', () => {
    assert.deepEqual(generateResources({ nanoCpus: 1_500_000_000 }, TEST_HOST).cpu, {
      quota: 150_000,
      period: 100_000,
    });
  });

  it('keeps to v1 what v2 does not have', () => {
    const asked = { memorySwappiness: 10, oomKillDisable: true };
    assert.deepEqual(generateResources(asked, TEST_HOST), {});
    const v1 = { ...TEST_HOST, cgroupVersion: 1 as const };
    assert.deepEqual(generateResources(asked, v1).memory, { swappiness: 10, disableOOMKiller: true });
  });
});
