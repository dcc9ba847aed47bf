/** The verbs of the API that the measures are made of. */
import type { Peer } from '../peers/mod.ts';
import { IMAGE } from './image.ts';

export type NetworkMode = 'bridge' | 'none';

/** What every engine gets for a container. */
export async function createContainer(peer: Peer, command: readonly string[], network: NetworkMode): Promise<string> {
  const body = { Image: IMAGE, Cmd: command, HostConfig: { NetworkMode: network } };
  const { Id } = await peer.api.json<{ Id: string }>('POST', '/containers/create', body);
  return Id;
}

export async function startContainer(peer: Peer, id: string): Promise<void> {
  await peer.api.json('POST', `/containers/${id}/start`);
}

/** Waits for the end of a container; throws unless it ended well. */
export async function waitContainer(peer: Peer, id: string): Promise<void> {
  const path = `/containers/${id}/wait`;
  const { StatusCode } = await peer.api.json<{ StatusCode: number }>('POST', path);
  if (StatusCode !== 0) throw new Error(`${peer.name}: container ${id} ended with ${StatusCode}`);
}

export async function removeContainer(peer: Peer, id: string): Promise<void> {
  await peer.api.json('DELETE', `/containers/${id}?force=true`);
}

/** Makes and starts `count` containers that sleep, some at a time; answers their ids. */
export async function startIdle(peer: Peer, count: number, atOnce: number): Promise<string[]> {
  const ids: string[] = [];
  await inParallel(count, atOnce, async () => {
    const id = await createContainer(peer, ['/bin/sleep', '86400'], 'bridge');
    ids.push(id);
    await startContainer(peer, id);
  });
  return ids;
}

export async function removeAll(peer: Peer, ids: readonly string[]): Promise<void> {
  const left = [...ids];
  await inParallel(ids.length, 8, async () => {
    const id = left.pop();
    if (id !== undefined) await removeContainer(peer, id);
  });
}

/** Does `work` `count` times, `atOnce` at a time. */
export async function inParallel(count: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
