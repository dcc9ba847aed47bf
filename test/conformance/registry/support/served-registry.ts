/** `hako registry serve` as a process of its own, for clients that others wrote. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { RegistryClient } from '../../../../src/registry/testing/client.ts';
import { freePort } from '../../../../src/registry/testing/registries.ts';
import { eventually } from '../../../lib/wait.ts';

const HAKO = join(import.meta.dirname, '../../../../hako');

export class ServedRegistry implements AsyncDisposable {
  /** HOST:PORT, as in names of images. */
  readonly host: string;
  /** Plain requests, as nobody. */
  readonly client: RegistryClient;
  readonly #child: ChildProcess;

  private constructor(host: string, scheme: string, child: ChildProcess) {
    this.host = host;
    this.client = new RegistryClient(`${scheme}://${host}`);
    this.#child = child;
  }

  /** Keeps its content below `folder`; `flags` are those of the command. */
  static async start(folder: string, ...flags: string[]): Promise<ServedRegistry> {
    const host = `127.0.0.1:${await freePort()}`;
    const child = spawn(HAKO, ['registry', 'serve', '--root', folder, '--listen', host, ...flags], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const isSecure = flags.includes('--tls-cert');
    const registry = new ServedRegistry(host, isSecure ? 'https' : 'http', child);
    await eventually('the registry serves', () => registry.#answers());
    return registry;
  }

  /** The digest of a tag, as the registry says it. */
  async digestOf(repository: string, tag: string): Promise<string | null> {
    const { headers } = await this.client.send('HEAD', `/v2/${repository}/manifests/${tag}`);
    return headers.get('docker-content-digest');
  }

  /** With a certificate that nobody here trusts, a refused one is an answer. */
  async #answers(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error('hako registry serve has ended');
    const cause = await this.client.send('GET', '/healthz').then(
      () => undefined,
      (error: Error) => (error.cause as { code?: string } | undefined)?.code,
    );
    return cause !== 'ECONNREFUSED';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
