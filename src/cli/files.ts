/** Tar files that commands read and write. */
import { createReadStream, createWriteStream, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CliError } from './errors.ts';
import { print } from './output.ts';

/**
 * Where a tar goes: a file, which appears only when it is complete, or standard output, which must be no terminal.
 * Throws CliError at once where it can not be written.
 */
export function openTarTarget(file: string): (body: AsyncIterable<Buffer>) => Promise<void> {
  if (file !== '') return (body) => writeFile(file, body);
  if (process.stdout.isTTY)
    throw new CliError('a tar would fill your terminal: give --output FILE, or redirect standard output');
  return async (body) => {
    for await (const chunk of body) await print(chunk);
  };
}

async function writeFile(file: string, body: AsyncIterable<Buffer>): Promise<void> {
  // A device or a pipe is written to, never replaced.
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isDirectory()) throw new CliError(`cannot write ${file}: it is a folder`);
  if (stat?.isFile() === false) return pipeline(body, createWriteStream(file));
  const { ScratchFolder } = await import('#images/remote');
  try {
    using scratch = new ScratchFolder(dirname(file));
    const partial = join(scratch.path, 'partial');
    await pipeline(body, createWriteStream(partial));
    renameSync(partial, file);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** The bytes of a file, or of standard input for '' and '-', which must be no terminal. */
export function openTarSource(file: string): AsyncIterable<Uint8Array> {
  if (file !== '' && file !== '-') return readFile(file);
  if (process.stdin.isTTY) throw new CliError('no input: give a file, or redirect standard input');
  return process.stdin as AsyncIterable<Buffer>;
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
