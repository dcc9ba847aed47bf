/** A registry in a process of its own that is killed again and again, and clients that go on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Answer, RegistryClient, type RequestParts } from './client.ts';

export class KilledRegistry implements AsyncDisposable {
  readonly dir: string;
  readonly #arguments: string[];
  #child: ChildProcess | undefined;
  #up = Promise.withResolvers<RegistryClient>();

  /** `collectEveryMs`: it also collects garbage so often. */
  constructor(dir: string, collectEveryMs?: number) {
    this.dir = dir;
    this.#arguments = collectEveryMs === undefined ? [dir] : [dir, String(collectEveryMs)];
  }

  async start(environment: Record<string, string> = {}): Promise<RegistryClient> {
    const program = join(import.meta.dirname, 'serve.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...this.#arguments], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.#child = child;
    const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const client = new RegistryClient(url);
    this.#up.resolve(client);
    return client;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#up = Promise.withResolvers();
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.#child = undefined;
  }

  /** Asks whatever process serves; undefined where that was killed before it had answered. */
  async send(method: string, path: string, parts?: RequestParts): Promise<Answer | undefined> {
    const up = this.#up;
    const client = await up.promise;
    try {
      return await client.send(method, path, parts);
    } catch (error) {
      if (this.#up !== up || this.#child?.killed) return undefined;
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
