/** Hakobune from this very tree. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PeerPlan } from './peer.ts';

const CGROUP = 'hako-bench-hako';

/** Runs `./hako`, or the entry of the command line where there is no launcher. HAKO names another program. */
export function hakoPlan(folder: string): PeerPlan | undefined {
  const command = hakoCommand();
  if (command === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/hako.yaml`, `cgroupParent: ${CGROUP}\n`);
  const paths = { HAKO_ROOT: `${folder}/root`, HAKO_RUN: `${folder}/run`, HAKO_CONFIG: `${folder}/hako.yaml` };
  return {
    name: 'hako',
    folder,
    socketPath: `${folder}/run/docker.sock`,
    daemon: [...command, 'daemon'],
    cli: command,
    cliInside: false,
    env: { ...process.env, ...paths },
    cgroup: CGROUP,
    hostConfig: {},
    setup: ':',
  };
}

function hakoCommand(): readonly string[] | undefined {
  const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
  if (process.env.HAKO !== undefined) return [process.env.HAKO];
  if (existsSync(at('hako'))) return [at('hako')];
  return existsSync(at('src/cli/main.ts')) ? [process.execPath, at('src/cli/main.ts')] : undefined;
}
