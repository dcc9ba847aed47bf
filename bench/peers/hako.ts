/** Hakobune from this very tree. */
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PeerFolders, PeerPlan } from './peer.ts';

const CGROUP = 'hako-bench-hako';

/** Runs `./hako`, or the entry of the command line where there is no launcher. HAKO names another program. */
export function hakoPlan({ folder, runFolder }: PeerFolders): PeerPlan | undefined {
  const command = hakoCommand();
  if (command === undefined) return undefined;
  writeFileSync(`${folder}/hako.yaml`, `cgroupParent: ${CGROUP}\n`);
  const paths = { HAKO_ROOT: `${folder}/root`, HAKO_RUN: runFolder, HAKO_CONFIG: `${folder}/hako.yaml` };
  return {
    name: 'hako',
    folder,
    socketPath: `${runFolder}/docker.sock`,
    daemon: [...command, 'daemon'],
    cli: command,
    cliInside: false,
    env: { ...process.env, ...paths },
    cgroup: CGROUP,
    setup: ':',
  };
}

function hakoCommand(): readonly string[] | undefined {
  const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
  if (process.env.HAKO !== undefined) return [process.env.HAKO];
  if (existsSync(at('hako'))) return [at('hako')];
  return existsSync(at('src/cli/main.ts')) ? [process.execPath, at('src/cli/main.ts')] : undefined;
}
