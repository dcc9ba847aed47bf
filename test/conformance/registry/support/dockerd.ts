/** Docker's own daemon, without networks: it pulls and pushes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../lib/wait.ts';
import { ok } from './command.ts';

export class Dockerd implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #program: string;
  readonly #arguments: string[];

  private constructor(child: ChildProcess, program: string, socket: string, config: string) {
    this.#child = child;
    this.#program = program;
    this.#arguments = ['--host', `unix://${socket}`, '--config', config];
  }

  /** Keeps everything below `folder`; `program` is the command line. */
  static async start(folder: string, program: string, ...flags: string[]): Promise<Dockerd> {
    mkdirSync(join(folder, 'config'), { recursive: true });
    const socket = join(folder, 'sock');
    const paths = ['--data-root', join(folder, 'root'), '--exec-root', join(folder, 'exec'), '-p', join(folder, 'pid')];
    const alone = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver', 'vfs'];
    const log = openSync(join(folder, 'log'), 'a');
    const child = spawn('dockerd', [...paths, ...alone, '--host', `unix://${socket}`, ...flags], {
      stdio: ['ignore', log, log],
    });
    const docker = new Dockerd(child, program, socket, join(folder, 'config'));
    const isUp = () => spawnSync(program, [...docker.#arguments, 'version'], { stdio: 'ignore' }).status === 0;
    await eventually('dockerd answers', isUp, 30_000);
    return docker;
  }

  run(...args: string[]): Promise<string> {
    return ok(this.#program, ...this.#arguments, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
