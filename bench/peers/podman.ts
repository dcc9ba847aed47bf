/** podman: its command line by itself, and `podman system service` for the API. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { findProgram } from './find-program.ts';
import type { PeerFolders, PeerPlan } from './peer.ts';

/** Limits as the caller has them: podman's own default needs CAP_SYS_RESOURCE, which virtual machines may lack. */
const CONFIG = '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n';

/** Undefined where podman is not installed. */
export function podmanPlan({ folder, runFolder }: PeerFolders): PeerPlan | undefined {
  const podman = process.env.PODMAN ?? findProgram('podman');
  if (podman === undefined) return undefined;
  mkdirSync(`${folder}/net`);
  writeFileSync(`${folder}/containers.conf`, CONFIG);
  const paths = ['--root', `${folder}/root`, '--runroot', `${runFolder}/root`, '--tmpdir', `${runFolder}/tmp`];
  const cli = [podman, ...paths, '--network-config-dir', `${folder}/net`];
  const socketPath = `${runFolder}/podman.sock`;
  return {
    name: 'podman',
    folder,
    socketPath,
    daemon: [...cli, 'system', 'service', '--time', '0', `unix://${socketPath}`],
    cli,
    cliInside: true,
    env: { ...process.env, TMPDIR: folder, CONTAINERS_CONF: `${folder}/containers.conf` },
    cgroup: 'libpod_parent',
    setup: `${HIDE_CGROUP_V2}; ${privateShm(runFolder)}`,
  };
}

/** crun before 1.9 refuses hosts that mount both versions of cgroups. */
const HIDE_CGROUP_V2 = 'umount /sys/fs/cgroup/unified 2>/dev/null || :';

/** podman keeps its locks in /dev/shm, whatever its other paths are: it gets one of its own, with the run folder in it. */
function privateShm(runFolder: string): string {
  const keep = `mount --bind ${runFolder} /mnt && mount -t tmpfs tmpfs /dev/shm`;
  return `${keep} && mkdir -p ${runFolder} && mount --move /mnt ${runFolder}`;
}
