import { rmSync } from 'node:fs';
import type { Measure, Sample } from '../engine/measure.ts';
import { stateless } from '../engine/measure.ts';
import type { Peer } from '../peers/mod.ts';
import { PULL_HOST, PUSH_HOST, pushData } from './registry.ts';
import { Usage } from './usage.ts';

const BIG = `${PULL_HOST}/bench:big`;
const NEXT = `${PULL_HOST}/bench:next`;
const PUSHED = `${PUSH_HOST}/bench:big`;
/** `{}`; podman wants its padding. */
const NO_CREDENTIALS = { 'X-Registry-Auth': 'e30=' };

/** A pull into a store without any of the image, then of an image that shares all but two layers, then a push. */
export const transfers: Measure = {
  name: 'transfers',
  warmUps: 0,
  rows: [
    { key: 'pull', title: 'pull, cold', unit: 's', better: 'less', shareOfDocker: 0.6 },
    { key: 'pullCpu', title: 'pull, CPU seconds', unit: 's', better: 'less' },
    { key: 'pullPeak', title: 'pull, peak PSS', unit: 'MB', better: 'less', bar: 150 },
    { key: 'next', title: 'pull of 2 new layers', unit: 's', better: 'less' },
    { key: 'push', title: 'push', unit: 's', better: 'less', shareOfDocker: 1 },
    { key: 'pushCpu', title: 'push, CPU seconds', unit: 's', better: 'less' },
  ],
  open: async (peer) => stateless(() => round(peer)),
};

async function round(peer: Peer): Promise<Sample> {
  const pull = await measured(peer, () => pullImage(peer, BIG));
  const next = await measured(peer, () => pullImage(peer, NEXT));
  await post(peer, `/images/${encodeURIComponent(BIG)}/tag?repo=${PUSH_HOST}/bench&tag=big`);
  const push = await measured(peer, () => post(peer, `/images/${PUSH_HOST}/bench/push?tag=big`));
  for (const name of [PUSHED, NEXT, BIG]) await peer.api.send('DELETE', `/images/${encodeURIComponent(name)}?force=1`);
  await peer.api.send('POST', `/images/prune?filters=${encodeURIComponent('{"dangling":["false"]}')}`);
  rmSync(pushData(peer.plan), { recursive: true, force: true });
  return {
    pull: pull.seconds,
    pullCpu: pull.cpuSeconds,
    pullPeak: pull.peakMb,
    next: next.seconds,
    push: push.seconds,
    pushCpu: push.cpuSeconds,
  };
}

async function measured(peer: Peer, work: () => Promise<void>) {
  const usage = Usage.start(peer);
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1000;
  return { seconds, ...usage.end() };
}

function pullImage(peer: Peer, name: string): Promise<void> {
  const colon = name.lastIndexOf(':');
  const query = new URLSearchParams({ fromImage: name.slice(0, colon), tag: name.slice(colon + 1) });
  return post(peer, `/images/create?${query}`);
}

async function post(peer: Peer, path: string): Promise<void> {
  const answer = await peer.api.send('POST', path, undefined, NO_CREDENTIALS);
  const failure = /"error":"([^"]*)"/.exec(answer.body.toString())?.[1];
  if (answer.status >= 400 || failure) throw new Error(`POST ${path}: ${failure ?? answer.body}`);
}
