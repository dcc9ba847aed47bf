/**
 * A server that is to be killed: `crash-writer.ts FILE LOG ROUND` writes with many callers. For each acknowledged write it adds a
 * line to LOG (`+ REVISION KEY LENGTH`, or `- REVISION KEY` for a delete), and for each change that a watcher was told
 * (`@ REVISION TYPE KEY`), until it dies.
 */
import { openSync, writeSync } from 'node:fs';
import { SqliteStorage } from '../sqlite/mod.ts';

const [, , path = '', logFile = '', round = ''] = process.argv;
const CALLERS = 16;
const storage = await SqliteStorage.open(path, { historyChanges: 1_000_000 });
const log = openSync(logFile, 'w');
// What a process wrote to a file outlives its death, as an answer on a socket would.
const say = (line: string) => writeSync(log, `${line}\n`);

storage.watch({
  prefix: '/crash/',
  afterRevision: await storage.revision(),
  onChanges: (changes) => say(changes.map(({ type, key, revision }) => `@ ${revision} ${type} ${key}`).join('\n')),
  onProgress: () => undefined,
  onEnd: (error) => say(`! ${error.message}`),
});

async function write(caller: number): Promise<void> {
  for (let n = 0; ; n++) {
    const key = `/crash/${caller}/${n % 50}`;
    const { entry } = await storage.get(key);
    const isDelete = entry !== undefined && n % 7 === 0;
    const value = JSON.stringify({ round, caller, n, filler: 'x'.repeat(n % 3000) });
    const result = isDelete
      ? await storage.delete(key, entry.modRevision)
      : await storage.put(key, value, entry?.modRevision ?? 0);
    if (!result.done) throw new Error(`${key} was refused`);
    say(isDelete ? `- ${result.revision} ${key}` : `+ ${result.revision} ${key} ${value.length}`);
  }
}

console.log('ready');
await Promise.all(Array.from({ length: CALLERS }, (_, caller) => write(caller)));
