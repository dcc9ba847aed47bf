import { readFileSync } from 'node:fs';
import type { Peer } from '../peers/mod.ts';

const PERIOD_MS = 40;
/** USER_HZ, which is 100 wherever Linux runs. */
const TICKS_PER_SECOND = 100;
/** What runs beside the engine in its namespaces. */
const OTHERS = ['docker-registry', 'docker-registr', 'bash'];

/** Processor time and peak memory of an engine while something is done; registries do not count. */
export class Usage {
  readonly #peer: Peer;
  readonly #timer: NodeJS.Timeout;
  /** Ticks of each process with its ended children: those of processes that end count through their parents. */
  readonly #first: ReadonlyMap<number, number>;
  #peakMb = 0;

  private constructor(peer: Peer) {
    this.#peer = peer;
    this.#first = this.#sample();
    this.#timer = setInterval(() => this.#sample(), PERIOD_MS);
  }

  static start(peer: Peer): Usage {
    return new Usage(peer);
  }

  end(): { cpuSeconds: number; peakMb: number } {
    clearInterval(this.#timer);
    const ticks = sum(this.#sample()) - sum(this.#first);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMb: this.#peakMb };
  }

  #sample(): Map<number, number> {
    const processes = this.#peer.processes().filter(({ name }) => !OTHERS.some((other) => name.startsWith(other)));
    this.#peakMb = Math.max(
      this.#peakMb,
      processes.reduce((sum, { pssMb }) => sum + pssMb, 0),
    );
    return new Map(processes.map(({ pid }) => [pid, ticksOf(pid)]));
  }
}

function sum(ticks: ReadonlyMap<number, number>): number {
  return ticks.values().reduce((all, each) => all + each, 0);
}

/** utime, stime, cutime and cstime: fields 14 to 17 of /proc/PID/stat. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return 0; // It has just ended, and counts through its parent.
  }
}
