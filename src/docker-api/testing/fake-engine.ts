/** An engine in memory, for tests of the edge alone. A container's command is one of `echo TEXT`, `cat`, `sleep`, `fail`. */
import { PassThrough, Readable } from 'node:stream';
import { HakoError, newId, systemClock } from '#base';
import type {
  Container,
  Containers,
  CreateContainerRequest,
  Engine,
  Exec,
  Streams,
  Volumes,
  WaitResult,
} from '#engine';
import type { Images, Snapshots } from '#images';
import type { Networks } from '#network';
import { createEvents } from '../../engine/events/mod.ts';

type Chunk = { stream: 'stdout' | 'stderr'; data: Buffer };

/** What a process of the fake does: output to read, input to write, an end to await. */
class FakeProcess {
  readonly output = new PassThrough({ objectMode: true });
  readonly input: Buffer[] = [];
  readonly exited: Promise<number>;
  readonly #exit: (code: number) => void;
  readonly #argv: readonly string[];

  constructor(argv: readonly string[]) {
    this.#argv = argv;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.exited = promise;
    this.#exit = resolve;
  }

  run(): void {
    const [command, text = ''] = this.#argv;
    if (command === 'echo') {
      this.say('stdout', `${text}\n`);
      this.say('stderr', 'bye\n');
      this.end(0);
    }
    if (command === 'fail') this.end(3);
  }

  say(stream: Chunk['stream'], text: string | Uint8Array): void {
    this.output.write({ stream, data: Buffer.from(text) });
  }

  end(code: number): void {
    this.output.end();
    this.#exit(code);
  }

  streams(tty: boolean, onDispose: () => void = () => undefined): Streams {
    return {
      tty,
      output: this.output as AsyncIterable<Chunk>,
      write: async (data) => {
        this.input.push(Buffer.from(data));
        if (this.#argv[0] === 'cat') this.say('stdout', data);
      },
      endInput: () => {
        if (this.#argv[0] === 'cat') this.end(0);
      },
      [Symbol.asyncDispose]: async () => onDispose(),
    };
  }
}

export interface FakeEngine extends Engine {
  /** The processes that were made, for tests to look at: containers and execs by id. */
  processes: Map<string, FakeProcess>;
  /** Ids of execs whose streams were disposed. */
  disposed: Set<string>;
}

/** Answers calls that a test does not expect: a clear error instead of `undefined is not a function`. */
function unexpected<T extends object>(name: string, known: Partial<T>): T {
  return new Proxy(known as T, {
    get: (target, key) =>
      Reflect.get(target, key) ??
      (() => {
        throw new HakoError('internal', `the fake has no ${name}.${String(key)}`);
      }),
  });
}

/** Makes the fake. The image `busybox` exists. */
export function createFakeEngine(): FakeEngine {
  const containers = new Map<string, Container>();
  const execs = new Map<string, Exec>();
  const processes = new Map<string, FakeProcess>();
  const disposed = new Set<string>();
  const waiters = new Map<string, Set<(result: WaitResult) => void>>();
  const events = createEvents({ clock: systemClock });

  const get = (reference: string): Container => {
    const found = [...containers.values()].find(
      ({ id, name }) => id.startsWith(reference) || name === reference.replace(/^\//, ''),
    );
    if (found === undefined) throw new HakoError('not_found', `No such container: ${reference}`);
    return found;
  };
  const change = (container: Container, state: Partial<Container['state']>) => {
    const changed = { ...container, state: { ...container.state, ...state } };
    containers.set(container.id, changed);
    return changed;
  };
  const start = async (reference: string) => {
    const container = get(reference);
    if (container.state.pid > 0) return { unchanged: true };
    change(container, { status: 'running', pid: 4242, startedAtMs: Date.now() });
    const child = processes.get(container.id);
    child?.run();
    events.publish('container', 'start', container.id, { name: container.name, image: container.imageName });
    child?.exited.then((exitCode) => {
      change(get(container.id), { status: 'exited', pid: 0, exitCode, finishedAtMs: Date.now() });
      for (const settle of waiters.get(container.id) ?? []) settle({ exitCode });
      if (container.hostConfig.AutoRemove) containers.delete(container.id);
    });
    return { unchanged: false };
  };
  const verbs: Partial<Containers> = {
    create: async (request) => {
      if (request.config.Image !== 'busybox')
        throw new HakoError('not_found', `No such image: ${request.config.Image}`);
      const container = newContainer(request);
      containers.set(container.id, container);
      processes.set(container.id, new FakeProcess([container.path, ...container.args]));
      return { id: container.id, warnings: [] };
    },
    get,
    list: () => [...containers.values()],
    start,
    kill: async (reference) => processes.get(get(reference).id)?.end(137),
    remove: async (reference) => void containers.delete(get(reference).id),
    attach: async (reference) => {
      const container = get(reference);
      const child = processes.get(container.id) ?? new FakeProcess([]);
      return child.streams(container.config.Tty === true, () => disposed.add(container.id));
    },
    wait: (reference, _condition, { signal }) => {
      const { promise, resolve, reject } = Promise.withResolvers<WaitResult>();
      const { id } = get(reference);
      waiters.set(id, (waiters.get(id) ?? new Set()).add(resolve));
      signal?.addEventListener('abort', () => reject(new HakoError('cancelled', 'gone')));
      return promise;
    },
    logs: async function* () {
      yield { stream: 'stdout', data: Buffer.from('half '), timestamp: '2026-01-02T03:04:05.6Z', partial: true };
      yield { stream: 'stdout', data: Buffer.from('line\n'), timestamp: '2026-01-02T03:04:06Z', partial: false };
      yield {
        stream: 'stderr',
        data: Buffer.from('oops\n'),
        timestamp: '2026-01-02T05:04:07.123456789+02:00',
        partial: false,
      };
    },
    endpoints: () => [],
    ports: () => [],
    writeArchive: async (_reference, _path, tar) => {
      for await (const chunk of tar) void chunk;
    },
    exportRootfs: async () => Readable.from([Buffer.from('tar')]),
    statPath: async () => ({ name: 'etc', size: 1, mode: 0x80000000 + 0o755, mtimeMs: 1, linkTarget: '' }),
  };
  return {
    processes,
    disposed,
    containers: unexpected<Containers>('containers', verbs),
    execs: {
      create: async (reference, config) => {
        const id = newId();
        execs.set(id, { id, containerId: get(reference).id, config, running: false, exitCode: null, pid: 0 });
        processes.set(id, new FakeProcess(config.Cmd ?? []));
        return id;
      },
      get: (id) => {
        const exec = execs.get(id);
        if (exec === undefined) throw new HakoError('not_found', `No such exec instance: ${id}`);
        return exec;
      },
      start: async (id, { detach }) => {
        const child = processes.get(id);
        child?.run();
        if (child === undefined || detach) return undefined;
        return child.streams(execs.get(id)?.config.Tty === true, () => disposed.add(id));
      },
      resize: async () => undefined,
    },
    purge: async () => undefined,
    volumes: unexpected<Volumes>('volumes', { list: () => [] }),
    images: unexpected<Images>('images', {
      list: () => [],
      get: (reference) => {
        throw new HakoError('not_found', `No such image: ${reference}`);
      },
      snapshots: unexpected<Snapshots>('snapshots', {
        paths: () => ({ upperDir: '/u', workDir: '/w', mergedDir: '/m', lowerDirs: ['/l1', '/l2'] }),
      }),
      load: async (tar) => {
        for await (const chunk of tar) void chunk;
        throw new HakoError('invalid', 'not an image archive');
      },
    }),
    networks: unexpected<Networks>('networks', { list: () => [] }),
    events,
    info: () => {
      throw new HakoError('internal', 'the fake knows nothing of the host');
    },
    [Symbol.asyncDispose]: async () => events[Symbol.dispose](),
  };
}

function newContainer({ name, config, hostConfig, networking }: CreateContainerRequest): Container {
  const [path = '', ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  return {
    id: newId(),
    name: name ?? `fake_${newId().slice(0, 8)}`,
    createdAtMs: Date.now(),
    imageId: 'sha256:1',
    imageName: config.Image,
    config,
    hostConfig,
    networking,
    path,
    args,
    state: {
      status: 'created',
      pid: 0,
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAtMs: 0,
      finishedAtMs: 0,
      restartCount: 0,
      health: undefined,
    },
    mounts: [],
    runtime: 'crun',
    platform: 'linux',
    execIds: [],
    files: { log: '', hostname: '', hosts: '', resolv: '' },
  };
}
