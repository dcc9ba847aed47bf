import { readFileSync } from 'node:fs';

/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)), reduced to what we ask of it. */
export interface MountEntry {
  target: string;
  type: string;
  source: string;
}

/** The mounts of this process's mount namespace, in the kernel's order. */
export function readMountInfo(): MountEntry[] {
  return readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** The mounts at `path` and below it, deepest last. */
export function mountsUnder(path: string): MountEntry[] {
  return readMountInfo()
    .filter(({ target }) => target === path || target.startsWith(`${path}/`))
    .sort((a, b) => a.target.length - b.target.length);
}

/** After the optional fields, which end with `-`, come type, source and super options. */
function parseLine(line: string): MountEntry {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  return {
    target: unescapeOctal(fields[4] ?? ''),
    type: fields[separator + 1] ?? '',
    source: unescapeOctal(fields[separator + 2] ?? ''),
  };
}

/** The kernel writes space, tab, newline and backslash as octal escapes; the rest are the path's own bytes. */
function unescapeOctal(text: string): string {
  const bytes = text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
