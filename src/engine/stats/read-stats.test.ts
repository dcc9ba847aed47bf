import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetDev } from './read-stats.ts';

test('parseNetDev reads the counters of every interface but loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:    1234      12    1    2    0     0          0         0     5678      56    3    4    0     0       0          0
`;
  assert.deepEqual(parseNetDev(text), {
    eth0: {
      rxBytes: 1234,
      rxPackets: 12,
      rxErrors: 1,
      rxDropped: 2,
      txBytes: 5678,
      txPackets: 56,
      txErrors: 3,
      txDropped: 4,
    },
  });
});
