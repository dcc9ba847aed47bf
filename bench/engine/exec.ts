/** exec of `true` over the API in a container that runs: create, start attached until its output ends, inspect. */
import type { Peer } from '../peers/mod.ts';
import { removeAll, startIdle } from './container.ts';
import type { Measure, Sample } from './measure.ts';

export const exec: Measure = {
  name: 'exec',
  rows: [
    { key: 'total', title: 'exec of true', unit: 'ms', better: 'less', shareOfDocker: 1 / 2 },
    { key: 'start', title: '– start, attached', unit: 'ms', better: 'less' },
  ],
  warmUps: 2,
  open: async (peer) => {
    const [container = ''] = await startIdle(peer, 1, 1);
    return {
      round: () => runOnce(peer, container),
      [Symbol.asyncDispose]: () => removeAll(peer, [container]),
    };
  },
};

async function runOnce(peer: Peer, container: string): Promise<Sample> {
  const startedMs = performance.now();
  const body = { AttachStdout: true, AttachStderr: true, Cmd: ['/bin/true'] };
  const { Id } = await peer.api.json<{ Id: string }>('POST', `/containers/${container}/exec`, body);
  const createdMs = performance.now();
  await peer.api.hijack(`/exec/${Id}/start`, { Detach: false, Tty: false });
  const endedMs = performance.now();
  const state = await peer.api.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`);
  if (state.ExitCode !== 0) throw new Error(`${peer.name}: exec ended with ${state.ExitCode}`);
  return { total: performance.now() - startedMs, start: endedMs - createdMs };
}
