import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The etcd to test with: HAKO_TEST_ETCD, or that of PATH; undefined where there is none. */
export function findEtcd(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'etcd'));
  return [process.env.HAKO_TEST_ETCD ?? '', ...candidates].find((path) => path !== '' && existsSync(path));
}

/** Why a test that needs etcd cannot run, or false. */
export const etcdSkip = findEtcd() === undefined ? 'there is no etcd: install it, or set HAKO_TEST_ETCD' : false;

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      server.close();
      await once(server, 'close');
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
}

/** One member that can be killed and started again. */
export class EtcdMember {
  readonly endpoint: string;
  readonly #args: string[];
  #process: ChildProcess | undefined;

  constructor(endpoint: string, args: string[]) {
    this.endpoint = endpoint;
    this.#args = args;
  }

  start(): void {
    this.#process = spawn(findEtcd() ?? 'etcd', this.#args, { stdio: 'ignore' });
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}

/** A cluster of members on private ports in a temporary folder; gone when it is disposed. */
export class EtcdCluster implements AsyncDisposable {
  readonly members: EtcdMember[];
  readonly #folder: string;

  private constructor(folder: string, members: EtcdMember[]) {
    this.#folder = folder;
    this.members = members;
  }

  static async start(size: number, options: { scheme?: string; args?: string[] } = {}): Promise<EtcdCluster> {
    const { scheme = 'http', args = [] } = options;
    const folder = mkdtempSync(join(tmpdir(), 'hako-etcd-'));
    const ports = await freePorts(2 * size);
    const peer = (index: number) => `http://127.0.0.1:${ports[size + index]}`;
    const initial = Array.from({ length: size }, (_, index) => `m${index}=${peer(index)}`).join(',');
    const members = Array.from({ length: size }, (_, index) => {
      const client = `${scheme}://127.0.0.1:${ports[index]}`;
      return new EtcdMember(client, [
        `--name=m${index}`,
        `--data-dir=${join(folder, `m${index}`)}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer(index)}`,
        `--initial-advertise-peer-urls=${peer(index)}`,
        `--initial-cluster=${initial}`,
        '--heartbeat-interval=50',
        '--election-timeout=500',
        ...args,
      ]);
    });
    for (const member of members) member.start();
    return new EtcdCluster(folder, members);
  }

  get endpoints(): string[] {
    return this.members.map((member) => member.endpoint);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
