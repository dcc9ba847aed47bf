/** GNU tar (part of every Debian) packs and unpacks on this side; it refuses members that lead out of the folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { CliError } from '../errors.ts';

/** Packs `name` of `dir`, as `rename` where one is given. Answers the tar. */
export async function* packTar(
  dir: string,
  name: string,
  options: { rename: string | undefined; followLink: boolean },
): AsyncGenerator<Uint8Array> {
  const args = ['-c', '-f', '-', '--numeric-owner', '--format=pax', '--xattrs', '--sparse', '-C', dir];
  if (options.followLink) args.push('--dereference');
  args.push(...renameArgs(name, options.rename), '--', prefixDash(name));
  const child = spawn('tar', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = outcome(child);
  if (child.stdout !== null) yield* child.stdout as AsyncIterable<Buffer>;
  await ended;
}

/** Unpacks into `dir`; the top entry `name` is renamed to `rename` where one is given. */
export async function unpackTar(
  body: AsyncIterable<Uint8Array>,
  dir: string,
  options: { name: string; rename: string | undefined; keepOwners: boolean },
): Promise<void> {
  const owners = options.keepOwners ? ['--same-owner', '--numeric-owner'] : ['--no-same-owner'];
  const args = ['-x', '-f', '-', ...owners, '-p', '-C', dir, ...renameArgs(options.name, options.rename)];
  const child = spawn('tar', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = outcome(child);
  // tar may end early: its own message says why, not our broken pipe.
  child.stdin?.on('error', () => undefined);
  for await (const chunk of body) {
    if (child.stdin?.write(chunk) === false && child.exitCode === null) {
      await Promise.race([new Promise((resolve) => child.stdin?.once('drain', resolve)), ended]);
    }
  }
  child.stdin?.end();
  await ended;
}

/** Renames member names, not what links point to (flags r, S, H of GNU tar). */
function renameArgs(name: string, rename: string | undefined): string[] {
  if (rename === undefined || rename === name) return [];
  const pattern = name.replaceAll(/[.*[\]^$\\|]/g, '\\$&');
  const replacement = rename.replaceAll(/[\\&|]/g, '\\$&');
  const flags = 'rSh';
  return [`--transform=flags=${flags};s|^\\(\\./\\)\\?${pattern}\\(/\\|$\\)|${replacement}\\2|`];
}

function prefixDash(name: string): string {
  return name.startsWith('-') ? `./${name}` : name;
}

function outcome(child: ChildProcess): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(-4096);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.on('error', (error) => reject(new CliError(`cannot run tar: ${error.message}`, { cause: error })));
  child.on('close', (code) => (code === 0 ? resolve() : reject(new CliError(`tar failed: ${errors.trim()}`))));
  promise.catch(() => undefined);
  return promise;
}
