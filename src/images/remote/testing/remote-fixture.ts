/** An image store and a fake registry for one test, with pauses between tries that a test can wait for. */
import { randomBytes } from 'node:crypto';
import type { ImageProgress } from '../../contract.ts';
import type { OpenImagesOptions } from '../../open.ts';
import { openFixture, type StoreFixture } from '../../testing/store-fixture.ts';
import type { RemoteSettings } from '../context.ts';
import { FakeRegistry } from './fake-registry.ts';

export const FAST_RETRY = { attempts: 4, firstDelayMs: 2, maxDelayMs: 10, maxRetryAfterMs: 1000 };

export interface RemoteFixture extends AsyncDisposable {
  store: StoreFixture;
  registry: FakeRegistry;
}

export async function openRemote(
  settings: RemoteSettings = {},
  options: Partial<OpenImagesOptions> = {},
): Promise<RemoteFixture> {
  await using scope = new AsyncDisposableStack();
  const store = scope.use(await openFixture({ ...options, remote: { certsDirs: [], retry: FAST_RETRY, ...settings } }));
  const registry = scope.use(await FakeRegistry.start());
  const holds = scope.move();
  return { store, registry, [Symbol.asyncDispose]: () => holds.disposeAsync() };
}

/** Bytes that do not compress. */
export function noise(bytes: number): Buffer {
  return randomBytes(bytes);
}

/** Collects progress as `id status` lines, each once. */
export function collector(): { lines: string[]; onProgress: (progress: ImageProgress) => void } {
  const lines: string[] = [];
  const onProgress = ({ id, status, aux }: ImageProgress) => {
    const line = aux === undefined ? [id, status].filter(Boolean).join(' ') : JSON.stringify(aux);
    if (!lines.includes(line)) lines.push(line);
  };
  return { lines, onProgress };
}
