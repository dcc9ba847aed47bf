import { HakoError } from '#base';
import type { AttachedStreams, OutputChunk } from '#runtime';
import type { EngineContext } from '../context.ts';
import type { AttachOptions, Streams } from '../contract.ts';
import { type Entry, isRunning } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { containerLogs } from './logs.ts';

/** Joins a client to a container's streams, now or, before it starts, with its first byte. */
export async function attachToContainer(
  context: EngineContext,
  entry: Entry,
  options: AttachOptions,
): Promise<Streams> {
  if (entry.state.status === 'paused') {
    throw new HakoError('conflict', `container ${entry.record.name} is paused: unpause it before attach`);
  }
  context.events.publish('container', 'attach', entry.record.id, eventAttributes(entry.record));
  const live = options.stream ? liveStreams(context, entry, options) : undefined;
  // A late rejection is met in `outputOf`; nobody may be reading yet.
  live?.catch(() => {});
  if (isRunning(entry)) await live;
  return {
    tty: entry.record.config.Tty === true,
    output: outputOf(context, entry, options, live),
    write: async (data) => (options.stdin ? (await live)?.write(data) : undefined),
    endInput: () => {
      if (options.stdin) void settled(live).then((streams) => streams?.endInput());
    },
    [Symbol.asyncDispose]: async () => {
      await (await settled(live))?.[Symbol.asyncDispose]();
    },
  };
}

async function settled(live: Promise<AttachedStreams | undefined> | undefined) {
  return live?.catch(() => undefined);
}

/** The streams of the run that is on, or of the next one; undefined when that one fails to start. */
async function liveStreams(
  context: EngineContext,
  entry: Entry,
  options: AttachOptions,
): Promise<AttachedStreams | undefined> {
  const { stdin, signal } = options;
  const attach = () => context.runtime.attach(entry.record.id, { stdin, ...(signal ? { signal } : {}) });
  if (isRunning(entry)) return attach();
  if (!options.stdin && !options.stdout && !options.stderr) return undefined;
  return new Promise((resolve, reject) => {
    const abort = () => {
      entry.startListeners.delete(begin);
      resolve(undefined);
    };
    const begin = async () => {
      options.signal?.removeEventListener('abort', abort);
      if (isRunning(entry)) await attach().then(resolve, reject);
      else resolve(undefined);
    };
    if (options.signal?.aborted) return abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    entry.startListeners.add(begin);
  });
}

async function* outputOf(
  context: EngineContext,
  entry: Entry,
  options: AttachOptions,
  live: Promise<AttachedStreams | undefined> | undefined,
): AsyncGenerator<OutputChunk> {
  const wanted = (chunk: OutputChunk) => options[chunk.stream];
  if (options.logs) {
    const { stdout, stderr } = options;
    yield* containerLogs(context, entry, { stdout, stderr, follow: false });
  }
  const streams = await live;
  if (streams === undefined) return;
  for await (const chunk of streams.output) if (wanted(chunk)) yield chunk;
}
