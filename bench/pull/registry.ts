/** One registry in the network of each engine, on the same data; and an empty one to push to. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../lib/command.ts';
import { findProgram } from '../peers/find-program.ts';
import type { PeerPlan } from '../peers/peer.ts';

export const PULL_HOST = '127.0.0.1:5000';
export const PUSH_HOST = '127.0.0.1:5001';

/** Debian's docker-registry; REGISTRY names another program with its command line. */
function program(): string {
  const path = process.env.REGISTRY ?? findProgram('docker-registry');
  if (path === undefined) throw new Error('docker-registry is not installed');
  return path;
}

function writeConfig(folder: string, name: string, host: string, data: string): string {
  const path = `${folder}/${name}.yml`;
  const storage = `storage: {filesystem: {rootdirectory: ${data}}}`;
  writeFileSync(
    path,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n${storage}\nhttp: {addr: "${host}"}\n`,
  );
  return path;
}

/** Fills the registry's data folder with the images of a layout. */
export async function fillRegistry(folder: string, layout: string, images: readonly string[]): Promise<void> {
  const config = writeConfig(folder, 'fill', '127.0.0.1:5999', `${folder}/data`);
  const registry = spawn(program(), ['serve', config], { stdio: 'ignore' });
  try {
    await delay(500);
    for (const image of images) {
      const target = `docker://127.0.0.1:5999/bench:${image}`;
      await run(['skopeo', '--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${layout}:${image}`, target]);
    }
  } finally {
    registry.kill('SIGKILL');
  }
}

/** The plan with both registries in its namespaces; they end with them. */
export function withRegistries(plan: PeerPlan, folder: string): PeerPlan {
  const pull = writeConfig(plan.folder, 'pull', PULL_HOST, `${folder}/data`);
  const push = writeConfig(plan.folder, 'push', PUSH_HOST, pushData(plan));
  const insecure = [PULL_HOST, PUSH_HOST].map((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  writeFileSync(`${plan.folder}/registries.conf`, insecure.join(''));
  const start = [pull, push].map((config) => `${program()} serve ${config} >/dev/null 2>&1 &`).join(' ');
  return {
    ...plan,
    env: { ...plan.env, CONTAINERS_REGISTRIES_CONF: `${plan.folder}/registries.conf` },
    setup: `${plan.setup}; ip link set lo up; ${start} :`,
  };
}

export function pushData(plan: PeerPlan): string {
  return `${plan.folder}/pushed`;
}
