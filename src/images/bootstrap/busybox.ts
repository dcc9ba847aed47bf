import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { errnoCode, HakoError } from '#base';
import { END_OF_ARCHIVE, entryOf } from '#system/rootfs';
import type { Image } from '../contract.ts';
import { importRootfs } from '../import.ts';
import type { ImageStore } from '../store.ts';

export interface BootstrapBusyboxOptions {
  /** Defaults to `busybox:latest`. */
  reference?: string;
  /** A statically linked busybox; defaults to the one of Debian's package busybox-static. */
  program?: string;
  signal?: AbortSignal;
}

const DEFAULT_PROGRAM = '/bin/busybox';
const FOLDERS = [
  'bin',
  'dev',
  'etc',
  'home',
  'proc',
  'root',
  'run',
  'sbin',
  'sys',
  'tmp',
  'usr',
  'usr/bin',
  'usr/sbin',
  'var',
  'var/tmp',
];
const MODES: Record<string, number> = { root: 0o700, tmp: 0o1777, 'var/tmp': 0o1777 };
const FILES: Record<string, string> = {
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
    'www-data:x:33:33:www-data:/var/www:/bin/false',
    'nobody:x:65534:65534:nobody:/home:/bin/false',
    '',
  ].join('\n'),
  'etc/group': ['root:x:0:', 'daemon:x:1:', 'adm:x:4:', 'www-data:x:33:', 'nogroup:x:65534:', ''].join('\n'),
  'etc/shadow': ['root:*:::::::', 'nobody:*:::::::', ''].join('\n'),
  'etc/hostname': 'localhost\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

/** Makes a tiny image (about 2 MB) from the busybox that this machine has: one program, a link for each of its applets. */
export async function bootstrapBusybox(store: ImageStore, options: BootstrapBusyboxOptions = {}): Promise<Image> {
  const tar = Readable.from(archive(options.program ?? DEFAULT_PROGRAM), { objectMode: false });
  return await importRootfs(store, tar, {
    reference: options.reference ?? 'busybox:latest',
    message: 'busybox of this machine',
    changes: ['CMD ["sh"]', 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

function* archive(program: string): Generator<Buffer> {
  for (const name of FOLDERS) yield entryOf({ name: `${name}/`, mode: MODES[name] ?? 0o755 });
  yield entryOf({ name: 'bin/busybox', body: readProgram(program), mode: 0o755 });
  for (const name of appletsOf(program)) {
    if (name !== 'bin/busybox') yield entryOf({ name, type: 'symlink', mode: 0o777, linkName: '/bin/busybox' });
  }
  for (const [name, body] of Object.entries(FILES))
    yield entryOf({ name, body, mode: name === 'etc/shadow' ? 0o640 : 0o644 });
  yield END_OF_ARCHIVE;
}

const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1');
const INTERPRETER_HEADER = 3;

/** A dynamically linked busybox would not start in an image that has no libraries. */
function readProgram(path: string): Buffer {
  const bytes = readOrExplain(path);
  if (!bytes.subarray(0, 4).equals(ELF_MAGIC)) throw new HakoError('failed_precondition', `${path} is not a program`);
  const [start, entryBytes, count] = [
    Number(bytes.readBigUInt64LE(32)),
    bytes.readUInt16LE(54),
    bytes.readUInt16LE(56),
  ];
  for (let index = 0; index < count; index++) {
    if (bytes.readUInt32LE(start + index * entryBytes) === INTERPRETER_HEADER) {
      throw new HakoError(
        'failed_precondition',
        `${path} is not statically linked: install the package busybox-static`,
      );
    }
  }
  return bytes;
}

function readOrExplain(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new HakoError('failed_precondition', `there is no ${path}: install the package busybox-static`, {
      cause: error,
    });
  }
}

/** Paths such as `bin/ls`. */
function appletsOf(program: string): string[] {
  const lines = execFileSync(program, ['--list-full'], { encoding: 'utf8', cwd: '/' }).split('\n');
  return lines.filter((line) => /^(usr\/)?s?bin\/[^/]+$/.test(line));
}
