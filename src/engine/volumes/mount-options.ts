import { MountFlag } from '#system';

/** Options of mount(8) that are flags of mount(2). A value of 0 is a default that needs no flag. */
const FLAGS: Record<string, number> = {
  defaults: 0,
  rw: 0,
  suid: 0,
  dev: 0,
  exec: 0,
  async: 0,
  atime: 0,
  diratime: 0,
  ro: MountFlag.RDONLY,
  nosuid: MountFlag.NOSUID,
  nodev: MountFlag.NODEV,
  noexec: MountFlag.NOEXEC,
  sync: 16,
  dirsync: 128,
  noatime: 1024,
  nodiratime: 2048,
  bind: MountFlag.BIND,
  rbind: MountFlag.BIND | MountFlag.REC,
  relatime: 1 << 21,
  strictatime: 1 << 24,
};

/** Splits options as in mount(8) into the flags of mount(2) and what the file system itself is told. */
export function parseMountOptions(options: string): { flags: number; data: string } {
  const words = options.split(',').filter((word) => word !== '');
  const flags = words.reduce((bits, word) => bits | (FLAGS[word] ?? 0), 0);
  return { flags, data: words.filter((word) => FLAGS[word] === undefined).join(',') };
}
