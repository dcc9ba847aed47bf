/** Debian's docker-registry (distribution 2.8) on a loopback port of its own: a peer that others wrote. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Why tests with it cannot run here; undefined when they can. */
export function missingPrograms(...programs: string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const absent = programs.find((program) => spawnSync(program, ['--version']).error !== undefined);
  return absent === undefined ? undefined : `needs ${absent}`;
}

export interface RegistryOptions {
  /** Lines of its configuration beside storage and address. */
  config?: string;
  /** `file:` of certificate and key, where it should speak TLS. */
  tls?: { certificate: string; key: string };
}

export class DebianRegistry implements AsyncDisposable {
  readonly host: string;
  readonly #child: ChildProcess;

  private constructor(host: string, child: ChildProcess) {
    this.host = host;
    this.#child = child;
  }

  /** Keeps its blobs below `folder`. */
  static async start(folder: string, options: RegistryOptions = {}): Promise<DebianRegistry> {
    mkdirSync(folder, { recursive: true });
    const host = `127.0.0.1:${await freePort()}`;
    const tls = options.tls ? `, tls: {certificate: ${options.tls.certificate}, key: ${options.tls.key}}` : '';
    const lines = [
      'version: 0.1',
      'log: {level: error, accesslog: {disabled: true}}',
      `storage: {filesystem: {rootdirectory: ${folder}/data}, delete: {enabled: true}}`,
      `http: {addr: "${host}"${tls}}`,
      options.config ?? '',
    ];
    writeFileSync(`${folder}/config.yml`, lines.join('\n'));
    const child = spawn('docker-registry', ['serve', `${folder}/config.yml`], { stdio: 'ignore', cwd: folder });
    const registry = new DebianRegistry(host, child);
    await registry.#ready(options.tls === undefined ? 'http' : 'https');
    return registry;
  }

  /** Any answer will do: with TLS that nobody here trusts, a refused certificate is one. */
  async #ready(scheme: string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const cause = await fetch(`${scheme}://${this.host}/v2/`).then(
        () => undefined,
        (error: Error) => (error.cause as { code?: string } | undefined)?.code ?? 'failed',
      );
      if (cause !== 'ECONNREFUSED') return;
      if (this.#child.exitCode !== null) break;
      await delay(25);
    }
    throw new Error('docker-registry did not start');
  }

  /** The digest of a tag, as the registry itself says it. */
  async digestOf(repository: string, reference: string): Promise<string | null> {
    const accept = ['index', 'manifest'].map((kind) => `application/vnd.oci.image.${kind}.v1+json`);
    const docker = ['manifest.list.v2', 'manifest.v2'].map(
      (kind) => `application/vnd.docker.distribution.${kind}+json`,
    );
    const headers = { Accept: [...accept, ...docker].join(', ') };
    const answer = await fetch(`http://${this.host}/v2/${repository}/manifests/${reference}`, {
      method: 'HEAD',
      headers,
    });
    return answer.headers.get('docker-content-digest');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
