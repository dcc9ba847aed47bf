/** What must not change on the host, whatever a container does. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDaemon } from './daemon.ts';

/** Files that the known escapes overwrite or read. */
const HOST_FILES = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/modprobe',
  '/dev/null',
  '/dev/zero',
  '/usr/bin/crun',
  '/usr/bin/conmon',
  process.execPath,
];

/** Content (of files), owner, mode and times of status changes. */
function fingerprint(path: string): string {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'absent';
  const content = stat.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : `${stat.rdev}`;
  return [stat.mode, stat.uid, stat.gid, content].join(' ');
}

/** Mounts outside of the folders in which daemons, ours and others, have theirs. */
function foreignMounts(): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => !/^\/(run|tmp|var)\b|favordynmods/.test(point)).sort();
}

/** The host as it was, a secret that no container may read, and a file that none may change. */
export class HostGuard {
  readonly secretPath: string;
  readonly secret = `secret-${process.pid}`;
  readonly #daemon: TestDaemon;
  readonly #files: Map<string, string>;
  readonly #mounts: string[];
  readonly #pid: number;

  constructor(daemon: TestDaemon) {
    this.#daemon = daemon;
    const folder = join(daemon.folder, 'host');
    mkdirSync(folder);
    this.secretPath = join(folder, 'secret');
    writeFileSync(this.secretPath, this.secret, { mode: 0o644 });
    this.#files = new Map([...HOST_FILES, this.secretPath].map((path) => [path, fingerprint(path)]));
    this.#mounts = foreignMounts();
    this.#pid = daemon.pid;
  }

  /** The host's files and mounts are as they were, and the daemon lives and answers. */
  async check(): Promise<void> {
    for (const [path, expected] of this.#files) assert.equal(fingerprint(path), expected, `${path} has changed`);
    assert.deepEqual(foreignMounts(), this.#mounts);
    assert.equal(this.#daemon.pid, this.#pid);
    assert.equal(await this.#daemon.api.ok('GET', '/_ping'), 'OK');
  }
}
