import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetDev } from './net-dev.ts';

test('interface counters are read from /proc/net/dev, without loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:    1796      14    1    2    0     0          0         0      446       5    3    4    0     0       0          0
eth1:18446744 9 0 0 0 0 0 0 7 6 0 0 0 0 0 0
`;
  assert.deepEqual(parseNetDev(text), {
    eth0: {
      rxBytes: 1796,
      rxPackets: 14,
      rxErrors: 1,
      rxDropped: 2,
      txBytes: 446,
      txPackets: 5,
      txErrors: 3,
      txDropped: 4,
    },
    eth1: {
      rxBytes: 18446744,
      rxPackets: 9,
      rxErrors: 0,
      rxDropped: 0,
      txBytes: 7,
      txPackets: 6,
      txErrors: 0,
      txDropped: 0,
    },
  });
  assert.deepEqual(parseNetDev(''), {});
});
