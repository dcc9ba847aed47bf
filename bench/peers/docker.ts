/** dockerd and its command line as the distribution has them (Debian: docker.io). */
import { findProgram } from './find-program.ts';
import type { PeerFolders, PeerPlan } from './peer.ts';

/** Undefined where the programs are not installed. DOCKERD and DOCKER name others. */
export function dockerPlan({ folder, runFolder }: PeerFolders): PeerPlan | undefined {
  const dockerd = process.env.DOCKERD ?? findProgram('dockerd');
  const docker = process.env.DOCKER ?? findProgram('docker', ['/usr/bin']);
  if (dockerd === undefined || docker === undefined) return undefined;
  const socketPath = `${runFolder}/docker.sock`;
  const paths = ['--data-root', `${folder}/root`, '--exec-root', `${runFolder}/exec`, '--pidfile', `${runFolder}/pid`];
  return {
    name: 'docker',
    folder,
    socketPath,
    daemon: [
      dockerd,
      ...paths,
      '--host',
      `unix://${socketPath}`,
      '--live-restore',
      '--cgroup-parent',
      '/hako-bench-docker',
    ],
    cli: [docker, '--host', `unix://${socketPath}`],
    cliInside: false,
    env: process.env,
    cgroup: 'hako-bench-docker',
    setup: ':',
  };
}
