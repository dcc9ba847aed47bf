/** What every Runtime must do. Run by the fake and, as root, by conmon with each OCI runtime. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHakoError, newId } from '#base';
import type { AttachedStreams, ContainerExit, CreateRequest, OutputChunk, Runtime } from '../contract.ts';

/** A runtime and a way to ask it for containers. */
export interface RuntimeFixture {
  runtime: Runtime;
  /** A request that runs `args` in a busybox root file system. */
  request(id: string, args: string[], options?: Partial<CreateRequest>): CreateRequest;
}

export interface SuiteOptions {
  /** Runs before the first test; what it answers is disposed of after the last. */
  open(): Promise<RuntimeFixture & AsyncDisposable>;
  /** What this runtime cannot do here, by the words in a test's title. */
  skip?: readonly string[];
}

async function collect(streams: AttachedStreams): Promise<Record<OutputChunk['stream'], string>> {
  const output = { stdout: '', stderr: '' };
  for await (const { stream, data } of streams.output) output[stream] += data.toString('utf8');
  return output;
}

/** Resolves with the end of a container; must be called before it can end. */
export function nextExit(runtime: Runtime, id: string): Promise<ContainerExit> {
  return new Promise((resolve) => {
    const subscription = runtime.onExit((exit) => {
      if (exit.id !== id) return;
      subscription[Symbol.dispose]();
      resolve(exit);
    });
  });
}

const SIGTERM = 15;
const SIGKILL = 9;

export function runtimeContractSuite(name: string, options: SuiteOptions): void {
  describe(`runtime contract: ${name}`, () => {
    let fixture: (RuntimeFixture & AsyncDisposable) | undefined;
    const test = (title: string, work: (fixture: RuntimeFixture) => Promise<void>) => {
      const isSkipped = options.skip?.some((words) => title.includes(words)) ?? false;
      it(title, { skip: isSkipped }, async () => {
        fixture ??= await options.open();
        await work(fixture);
      });
    };

    test('a created container waits until it is started', async ({ runtime, request }) => {
      const id = newId();
      const { pid } = await runtime.create(request(id, ['sh', '-c', 'exit 7']), {});
      assert.deepEqual(await runtime.state(id), { status: 'created', pid });
      assert.equal(runtime.exitOf(id), undefined);
      const exit = nextExit(runtime, id);
      await runtime.start(id);
      assert.equal((await exit).exitCode, 7);
      assert.equal(runtime.exitOf(id)?.exitCode, 7);
      assert.equal((await runtime.state(id))?.status, 'stopped');
      await runtime.delete(id);
      assert.equal(await runtime.state(id), undefined);
    });

    test('attached before the start, a client gets every byte of both streams', async ({ runtime, request }) => {
      const id = newId();
      await runtime.create(request(id, ['sh', '-c', 'echo one; echo two >&2; echo three']), {});
      await using streams = await runtime.attach(id, {});
      await runtime.start(id);
      assert.deepEqual(await collect(streams), { stdout: 'one\nthree\n', stderr: 'two\n' });
      await runtime.delete(id, { force: true });
    });

    test('standard input reaches the process and its end ends it', async ({ runtime, request }) => {
      const id = newId();
      await runtime.create(request(id, ['cat'], { openStdin: true, stdinOnce: true }), {});
      await using streams = await runtime.attach(id, {});
      const exit = nextExit(runtime, id);
      await runtime.start(id);
      await streams.write(Buffer.from('hello '));
      await streams.write(Buffer.from('world'));
      streams.endInput();
      assert.equal((await collect(streams)).stdout, 'hello world');
      assert.equal((await exit).exitCode, 0);
      await runtime.delete(id);
    });

    test('a signal ends the process with 128 and its number', async ({ runtime, request }) => {
      const id = newId();
      await runtime.create(request(id, ['sleep', 'infinity']), {});
      const exit = nextExit(runtime, id);
      await runtime.start(id);
      assert.equal((await runtime.state(id))?.status, 'running');
      await runtime.kill(id, SIGKILL);
      const { exitCode, oomKilled } = await exit;
      assert.deepEqual({ exitCode, oomKilled }, { exitCode: 137, oomKilled: false });
      await assert.rejects(runtime.kill(id, SIGTERM), (error) => isHakoError(error, 'not_found'));
      await runtime.delete(id);
    });

    test('pause stops a container and resume lets it run', async ({ runtime, request }) => {
      const id = newId();
      await runtime.create(request(id, ['sleep', 'infinity']), {});
      await runtime.start(id);
      await runtime.pause(id);
      assert.equal((await runtime.state(id))?.status, 'paused');
      await runtime.resume(id);
      assert.equal((await runtime.state(id))?.status, 'running');
      await runtime.delete(id, { force: true });
    });

    test('a program that is missing fails the creation and leaves nothing', async ({ runtime, request }) => {
      const id = newId();
      await assert.rejects(
        (async () => {
          await runtime.create(request(id, ['no-such-program']), {});
          await runtime.start(id);
        })(),
        (error) => isHakoError(error, 'invalid') && error.message.includes('executable file not found in $PATH'),
      );
      await runtime.delete(id, { force: true });
      assert.equal(await runtime.state(id), undefined);
    });

    test('delete refuses a running container unless forced, and is idempotent', async ({ runtime, request }) => {
      const id = newId();
      await runtime.create(request(id, ['sleep', 'infinity']), {});
      await runtime.start(id);
      await assert.rejects(runtime.delete(id), (error) => isHakoError(error, 'failed_precondition'));
      await runtime.delete(id, { force: true });
      await runtime.delete(id, { force: true });
      assert.equal(await runtime.state(id), undefined);
    });

    test('an exec has streams and an exit code of its own', async ({ runtime, request }) => {
      const id = newId();
      const init = request(id, ['sleep', 'infinity']);
      await runtime.create(init, {});
      await runtime.start(id);
      const process = { ...init.spec.process, args: ['sh', '-c', 'echo out; echo err >&2; exit 5'] };
      const shared = { terminal: false, openStdin: false, detached: false };
      const handle = await runtime.exec(id, { execId: newId(), process, ...shared }, {});
      assert.ok(handle.io);
      assert.deepEqual(await collect(handle.io), { stdout: 'out\n', stderr: 'err\n' });
      assert.equal(await handle.exited, 5);
      await runtime.delete(id, { force: true });
    });

    test('an exec reads its standard input to the end', async ({ runtime, request }) => {
      const id = newId();
      const init = request(id, ['sleep', 'infinity']);
      await runtime.create(init, {});
      await runtime.start(id);
      const process = { ...init.spec.process, args: ['cat'] };
      const shared = { terminal: false, openStdin: true, detached: false };
      const { io, exited } = await runtime.exec(id, { execId: newId(), process, ...shared }, {});
      assert.ok(io);
      const big = Buffer.alloc(300_000, 'x');
      const output = collect(io);
      await io.write(big);
      io.endInput();
      assert.equal((await output).stdout.length, big.length);
      assert.equal(await exited, 0);
      await runtime.delete(id, { force: true });
    });

    test('an attached exec dies when its client leaves', async ({ runtime, request }) => {
      const id = newId();
      const init = request(id, ['sleep', 'infinity']);
      await runtime.create(init, {});
      await runtime.start(id);
      const process = { ...init.spec.process, args: ['sleep', 'infinity'] };
      const shared = { terminal: false, openStdin: false, detached: false };
      const { io, exited } = await runtime.exec(id, { execId: newId(), process, ...shared }, {});
      await io?.[Symbol.asyncDispose]();
      assert.equal(await exited, 137);
      await runtime.delete(id, { force: true });
    });

    test('a detached exec runs without streams', async ({ runtime, request }) => {
      const id = newId();
      const init = request(id, ['sleep', 'infinity']);
      await runtime.create(init, {});
      await runtime.start(id);
      const process = { ...init.spec.process, args: ['sh', '-c', 'exit 4'] };
      const shared = { terminal: false, openStdin: false, detached: true };
      const { io, exited } = await runtime.exec(id, { execId: newId(), process, ...shared }, {});
      assert.equal(io, undefined);
      assert.equal(await exited, 4);
      await runtime.delete(id, { force: true });
    });

    test('an exec of a missing program is refused with the words that clients know', async ({ runtime, request }) => {
      const id = newId();
      const init = request(id, ['sleep', 'infinity']);
      await runtime.create(init, {});
      await runtime.start(id);
      const process = { ...init.spec.process, args: ['no-such-program'] };
      const shared = { terminal: false, openStdin: false, detached: false };
      await assert.rejects(
        runtime.exec(id, { execId: newId(), process, ...shared }, {}),
        (error) => isHakoError(error, 'invalid') && error.message.includes('executable file not found in $PATH'),
      );
      assert.equal((await runtime.state(id))?.status, 'running');
      await runtime.delete(id, { force: true });
    });

    it('everything is let go of', async () => {
      await fixture?.[Symbol.asyncDispose]();
    });
  });
}
