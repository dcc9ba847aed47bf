/** Clients of a daemon that dies under them, and the ledger of what it promised them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../lib/api.ts';
import { IMAGE, type TestDaemon } from '../lib/daemon.ts';

/** What a client knows of a container. `asked` is a request without an answer: either outcome is right. */
export type Knowledge = 'create-asked' | 'created' | 'start-asked' | 'started' | 'remove-asked' | 'removed';

/** A small generator (mulberry32), so that a run can be repeated from its seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The exit code and both lines of a container that ran its course. */
export const EXIT_CODE = 7;
const SCRIPT = `echo begin; sleep 0.1; echo end; exit ${EXIT_CODE}`;

export class SoakClient {
  readonly ledger = new Map<string, Knowledge>();
  readonly #daemon: TestDaemon;
  readonly #random: () => number;
  readonly #prefix: string;
  #count = 0;

  constructor(daemon: TestDaemon, random: () => number, prefix: string) {
    this.#daemon = daemon;
    this.#random = random;
    this.#prefix = prefix;
  }

  /** Works until the daemon is killed: a refused or broken connection ends it. Other errors are the daemon's fault and thrown. */
  async work(): Promise<void> {
    try {
      while (true) await this.#oneLife();
    } catch (error) {
      if (!isBrokenConnection(error)) throw error;
    }
  }

  /** Create, start, and then one of what people do. */
  async #oneLife(): Promise<void> {
    const name = `${this.#prefix}-${this.#count++}`;
    const isLong = this.#random() < 0.5;
    const body = {
      Image: IMAGE,
      Cmd: isLong ? ['sleep', '1000'] : ['sh', '-c', SCRIPT],
      HostConfig: this.#hostConfig(),
    };
    await this.#step(name, 'create-asked', 'created', 'POST', `/containers/create?name=${name}`, body);
    await this.#step(name, 'start-asked', 'started', 'POST', `/containers/${name}/start`);
    const kind = this.#random();
    if (isLong && kind < 0.4) await this.#exec(name);
    if (isLong && kind > 0.2) await this.#call('POST', `/containers/${name}/stop?t=0`);
    if (!isLong && kind < 0.5) await this.#call('POST', `/containers/${name}/wait`);
    if (kind < 0.6) await this.#step(name, 'remove-asked', 'removed', 'DELETE', `/containers/${name}?force=1&v=1`);
  }

  #hostConfig(): object {
    const kind = this.#random();
    if (kind < 0.4) return { NetworkMode: 'none' };
    if (kind < 0.7) return { PortBindings: { '80/tcp': [{ HostPort: '' }] } };
    return { Binds: ['/data'] };
  }

  async #exec(name: string): Promise<void> {
    const path = `/containers/${name}/exec`;
    const { body } = await this.#call<{ Id: string }>('POST', path, { Cmd: ['sleep', '0.05'], AttachStdout: true });
    await this.#call('POST', `/exec/${body.Id}/start`, { Detach: this.#random() < 0.5 });
  }

  async #step(name: string, asked: Knowledge, done: Knowledge, method: string, path: string, body?: unknown) {
    this.ledger.set(name, asked);
    await this.#call(method, path, body);
    this.ledger.set(name, done);
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await this.#daemon.api.call<T>(method, path, body === undefined ? {} : { body });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.message}`);
    await delay(this.#random() * 5);
    return answer;
  }
}

function isBrokenConnection(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(String(code));
}
