/** Registries side by side, each a process on a folder and a port of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Peer extends AsyncDisposable {
  name: string;
  url: string;
  /** Resident memory, the highest so far and now. */
  memoryMb(): { peak: number; now: number };
  /** Seconds of processor time so far. */
  cpuS(): number;
}

/** `hako registry serve`; with `upstream`, the URL of another, its cache. */
export async function startHako(dir: string, upstream?: string): Promise<Peer> {
  const port = await freePort();
  const program = join(import.meta.dirname, '../../hako');
  const flags = ['--root', join(dir, 'hako'), '--listen', `127.0.0.1:${port}`];
  if (upstream !== undefined) flags.push('--proxy', upstream);
  return started('hako', port, spawn(program, ['registry', 'serve', ...flags], QUIET));
}

/** Debian's docker-registry, with its cache, without its logs; with `upstream` as a pull-through cache. */
export async function startDebian(dir: string, upstream?: string): Promise<Peer> {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  mkdirSync(join(dir, 'debian'));
  const config = join(dir, 'debian.yml');
  const storage = `{ cache: { blobdescriptor: inmemory }, filesystem: { rootdirectory: ${join(dir, 'debian')} }, delete: { enabled: true } }`;
  writeFileSync(
    config,
    `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: ${storage}\nhttp: { addr: "127.0.0.1:${port}" }\n${
      upstream === undefined ? '' : `proxy: { remoteurl: "${upstream}" }\n`
    }`,
  );
  return started('docker-registry', port, spawn('docker-registry', ['serve', config], QUIET));
}

const QUIET = { stdio: ['ignore', 'ignore', 'ignore'] as ['ignore', 'ignore', 'ignore'] };

async function started(name: string, port: number, child: ChildProcess): Promise<Peer> {
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/v2/`)
      .then((answer) => answer.ok)
      .catch(() => false))
  )
    await delay(20);
  const status = (field: string) => {
    const text = readFileSync(`/proc/${child.pid}/status`, 'latin1');
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024;
  };
  return {
    name,
    url,
    memoryMb: () => ({ peak: status('VmHWM'), now: status('VmRSS') }),
    cpuS() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async [Symbol.asyncDispose]() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Pushes an image of one layer; answers the paths of its manifest and its layer. */
export async function pushImage(url: string, layerBytes: number): Promise<{ manifest: string; blob: string }> {
  const { manifest, blobs } = await pushLayers(url, 'v1', [layerBytes]);
  return { manifest, blob: blobs.at(-1) ?? '' };
}

/** Pushes an image with layers of these sizes; answers the paths of its manifest and of its blobs, the configuration first. */
export async function pushLayers(
  url: string,
  tag: string,
  layerBytes: readonly number[],
): Promise<{ manifest: string; blobs: string[] }> {
  const layers: { digest: string; size: number }[] = [];
  for (const bytes of layerBytes) layers.push(await pushBlob(url, randomBytes(bytes)));
  const config = await pushBlob(
    url,
    Buffer.from(`{"architecture":"amd64","os":"linux","created":"${new Date().toISOString()}"}`),
  );
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: layers.map((layer) => ({ ...layer, mediaType: 'application/vnd.oci.image.layer.v1.tar' })),
  });
  const manifest = `/v2/bench/manifests/${tag}`;
  await ok(`${url}${manifest}`, { method: 'PUT', headers: { 'Content-Type': type }, body });
  return { manifest, blobs: [config, ...layers].map(({ digest }) => `/v2/bench/blobs/${digest}`) };
}

async function pushBlob(url: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const { headers } = await ok(`${url}/v2/bench/blobs/uploads/`, { method: 'POST' });
  const location = new URL(headers.get('location') ?? '', url);
  location.searchParams.set('digest', digest);
  const content = { 'Content-Type': 'application/octet-stream' };
  await ok(location, { method: 'PUT', headers: content, body: new Uint8Array(bytes) });
  return { digest, size: bytes.length };
}

async function ok(url: string | URL, options: RequestInit): Promise<Response> {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${options.method} ${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
