/** Debian packages that our programs come from: found missing, named, installed. */
import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { ignoring } from '#base';
import { CliError } from '../errors.ts';
import { note } from '../output.ts';

/** A program, and the package that brings it. */
export interface Requirement {
  program: string;
  package: string;
}

/** What the daemon can't work without. */
export const enginePackages: readonly Requirement[] = [
  { program: 'crun', package: 'crun' },
  { program: 'conmon', package: 'conmon' },
  { program: 'nft', package: 'nftables' },
  { program: 'ip', package: 'iproute2' },
];

/** What `hako image bootstrap` needs beside. */
export const debootstrapPackages: readonly Requirement[] = [{ program: 'mmdebstrap', package: 'mmdebstrap' }];
export const busyboxPackages: readonly Requirement[] = [{ program: 'busybox', package: 'busybox-static' }];

const SEARCH_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const LISTS_DIR = '/var/lib/apt/lists';
const LISTS_MAX_AGE_MS = 24 * 3600 * 1000;

/** Those whose program is not installed. */
export function missing(requirements: readonly Requirement[]): Requirement[] {
  return requirements.filter(({ program }) => !SEARCH_PATH.some((dir) => isExecutable(`${dir}/${program}`)));
}

/** Installs what is missing, after saying what. Throws CliError that says what to do. */
export async function provide(requirements: readonly Requirement[], user: string): Promise<void> {
  const packages = [...new Set(missing(requirements).map((requirement) => requirement.package))];
  if (packages.length === 0) return;
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!isDebian())
    throw new CliError(`${user} needs ${packages.join(', ')}, and this is no Debian: install what brings them here`);
  if (process.getuid?.() !== 0) throw new CliError(`${user} needs ${packages.join(', ')}: run as root: ${command}`);
  note(`${user} needs Debian packages that are missing: ${packages.join(', ')}`);
  if (listsAreOld()) await apt(['update'], 'fetching the lists of packages');
  await apt(['install', '--yes', '--no-install-recommends', ...packages], `installing ${packages.join(', ')}`);
  const left = missing(requirements).map(({ program }) => program);
  if (left.length > 0)
    throw new CliError(`apt-get installed ${packages.join(', ')}, but ${left.join(', ')} can not be found`);
}

function isExecutable(path: string): boolean {
  return ignoring(['ENOENT', 'EACCES', 'ENOTDIR'], () => accessSync(path, constants.X_OK) ?? true) === true;
}

/** Debian, or what calls itself like it (Ubuntu, Raspbian) and has apt. */
function isDebian(): boolean {
  const release = ignoring('ENOENT', () => readFileSync('/etc/os-release', 'utf8')) ?? '';
  return /^ID(_LIKE)?=.*debian/m.test(release) && SEARCH_PATH.some((dir) => isExecutable(`${dir}/apt-get`));
}

function listsAreOld(): boolean {
  const files = (ignoring('ENOENT', () => readdirSync(LISTS_DIR)) ?? []).filter((name) =>
    /_(InRelease|Release|Packages)/.test(name),
  );
  const newestMs = Math.max(0, ...files.map((name) => statSync(`${LISTS_DIR}/${name}`).mtimeMs), aptUpdatedMs());
  return files.length === 0 || Date.now() - newestMs > LISTS_MAX_AGE_MS;
}

/** Lists keep the mirror's time; when apt itself was last there its stamp tells. */
function aptUpdatedMs(): number {
  return (
    ignoring('ENOENT', () => statSync('/var/lib/apt/periodic/update-success-stamp').mtimeMs) ??
    ignoring('ENOENT', () => statSync(`${LISTS_DIR}/partial`).mtimeMs) ??
    0
  );
}

/** Runs apt-get without questions; its output is shown only when it fails. */
async function apt(args: readonly string[], doing: string): Promise<void> {
  note(`${doing} …`);
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0'];
  const child = spawn('apt-get', [...options, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1', LC_ALL: 'C.UTF-8' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-16_384);
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject).on('close', resolve);
  const code = await promise;
  if (code !== 0)
    throw new CliError(`${doing} failed: apt-get ${args.join(' ')} ended with ${code}:\n${aptErrors(output)}`);
}

/** The lines that say what went wrong; all when none does. */
function aptErrors(output: string): string {
  const errors = output.split('\n').filter((line) => /^(E:|Err:|W: Failed|dpkg: error)/.test(line));
  return (errors.length > 0 ? errors.join('\n') : output).trim();
}
