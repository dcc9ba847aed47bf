/** Registries that tests are run against: ours, and Debian's where it is installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openRegistry, type RegistryOptions } from '../registry.ts';
import { type FolderStorageOptions, openFolderStorage } from '../storage/adapters.ts';

export interface TestRegistry extends AsyncDisposable {
  url: string;
  dir: string;
}

const DEBIAN = '/usr/bin/docker-registry';
export const hasDebianRegistry = existsSync(DEBIAN);

/** Ours, on a folder that goes with it. */
export async function openOurs(
  options: Partial<RegistryOptions> & Partial<FolderStorageOptions> = {},
): Promise<TestRegistry & { registry: Awaited<ReturnType<typeof openRegistry>> }> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'hako-registry-'));
  const { quotas, clock } = options;
  const storage = openFolderStorage({ dir, ...(quotas ? { quotas } : {}), ...(clock ? { clock } : {}) });
  const registry = await openRegistry({ host: '127.0.0.1', port: 0, storage, ...options });
  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    registry,
    dir,
    url: `${scheme}://127.0.0.1:${registry.address.port}`,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      if (options.dir === undefined) rmSync(dir, { recursive: true });
    },
  };
}

/** Debian's docker-registry, on a folder and a port of its own. */
export async function openDebian(): Promise<TestRegistry> {
  const dir = mkdtempSync(join(tmpdir(), 'hako-registry-'));
  const port = await freePort();
  mkdirSync(join(dir, 'data'));
  writeFileSync(
    join(dir, 'config.yml'),
    `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { cache: { blobdescriptor: inmemory }, filesystem: { rootdirectory: ${dir}/data }, delete: { enabled: true } }
http: { addr: "127.0.0.1:${port}" }
`,
  );
  const child = spawn(DEBIAN, ['serve', join(dir, 'config.yml')], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await untilUp(url);
  return {
    url,
    dir,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(dir, { recursive: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** It has no way to say that it is ready. */
export async function untilUp(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      await fetch(`${url}/v2/`);
      return;
    } catch {
      await delay(25);
    }
  }
  throw new Error(`no registry came up at ${url}`);
}
