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
  /** Last seen ticks of each process with its ended children. Those of processes that end count through their parents. */
  readonly #first = new Map<number, number>();
  readonly #last = new Map<number, number>();
  #peakMb = 0;

  private constructor(peer: Peer) {
    this.#peer = peer;
    this.#sample();
    for (const [pid, ticks] of this.#last) this.#first.set(pid, ticks);
    this.#timer = setInterval(() => this.#sample(), PERIOD_MS);
  }

  static start(peer: Peer): Usage {
    return new Usage(peer);
  }

  end(): { cpuSeconds: number; peakMb: number } {
    clearInterval(this.#timer);
    this.#sample();
    let ticks = 0;
    for (const [pid, last] of this.#last) if (this.#first.has(pid)) ticks += last - (this.#first.get(pid) ?? 0);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMb: this.#peakMb };
  }

  #sample(): void {
    const processes = this.#peer.processes().filter(({ name }) => !OTHERS.some((other) => name.startsWith(other)));
    this.#peakMb = Math.max(
      this.#peakMb,
      processes.reduce((sum, { pssMb }) => sum + pssMb, 0),
    );
    for (const { pid } of processes) {
      const ticks = ticksOf(pid);
      if (ticks !== undefined) this.#last.set(pid, ticks);
    }
  }
}

/** utime, stime, cutime and cstime: fields 14 to 17 of /proc/PID/stat. */
function ticksOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return undefined; // It has just ended.
  }
}
