import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoCode } from '#base';

/** Where keys and certificates are kept, by file name. */
export interface PkiFiles {
  read(name: string): Promise<string | undefined>;
  /** Writes `text` unless there is something already; answers what is there after it, whoever wrote it. */
  create(name: string, text: string): Promise<string>;
  replace(name: string, text: string): Promise<void>;
}

/** For clusters that live in one process. */
export function memoryFiles(): PkiFiles {
  const files = new Map<string, string>();
  return {
    read: async (name) => files.get(name),
    create: async (name, text) => {
      const there = files.get(name) ?? text;
      files.set(name, there);
      return there;
    },
    replace: async (name, text) => void files.set(name, text),
  };
}

/** Files that only their owner may read, whole or absent after a crash, and safe among processes that start at once. */
export async function directoryFiles(directory: string): Promise<PkiFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    read: (name) => readIfThere(join(directory, name)),
    create: (name, text) => createFile(join(directory, name), text),
    replace: (name, text) => throughTemporary(join(directory, name), text, rename),
  };
}

async function createFile(path: string, text: string): Promise<string> {
  await throughTemporary(path, text, async (temporary) => {
    try {
      await link(temporary, path);
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw error;
    }
    await unlink(temporary);
  });
  return readFile(path, 'utf8');
}

/** Writes and syncs a file beside `path`, and has `finish` put it in its place. */
async function throughTemporary(
  path: string,
  text: string,
  finish: (temporary: string, path: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await finish(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
