import type { ContainerStats } from '../contract.ts';

type NetworkCounters = ContainerStats['networks'];

/** Parses /proc/net/dev (proc_pid_net(5)): per interface eight counters received and eight sent. Loopback is left out. */
export function parseNetDev(text: string): NetworkCounters {
  const interfaces = text.split('\n').flatMap((line) => {
    const match = /^\s*([^\s:]+):\s*(\d.*)$/.exec(line);
    return match === null || match[1] === 'lo' ? [] : [[match[1] ?? '', counters(match[2] ?? '')] as const];
  });
  return Object.fromEntries(interfaces);
}

function counters(columns: string): NetworkCounters[string] {
  const values = columns.trim().split(/\s+/).map(Number);
  const at = (index: number) => values[index] ?? 0;
  return {
    rxBytes: at(0),
    rxPackets: at(1),
    rxErrors: at(2),
    rxDropped: at(3),
    txBytes: at(8),
    txPackets: at(9),
    txErrors: at(10),
    txDropped: at(11),
  };
}
