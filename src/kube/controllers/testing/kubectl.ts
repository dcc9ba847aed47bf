import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CALL_MS = 60_000;

/** The kubectl of this machine, the newest first in its folder (`kubectl.1.33`); undefined where there is none. */
export function findKubectl(): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = programsOf(folder)
      .filter((name) => /^kubectl(\.1\.\d+)?$/.test(name))
      .sort((a, b) => minorOf(b) - minorOf(a))[0];
    if (found !== undefined) return join(folder, found);
  }
  return undefined;
}

function programsOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Not every folder of PATH is there.
    return [];
  }
}

function minorOf(name: string): number {
  return Number(/\.1\.(\d+)$/.exec(name)?.[1] ?? 0);
}

/** kubectl with a home and a kubeconfig of its own. Disposing it takes them away. */
export class Kubectl implements Disposable {
  readonly #program: string;
  readonly #home: string;

  constructor(program: string, kubeconfig: string) {
    this.#program = program;
    this.#home = mkdtempSync(join(tmpdir(), 'hako-kubectl-'));
    writeFileSync(join(this.#home, 'config'), kubeconfig, { mode: 0o600 });
  }

  /** Runs `kubectl ARGS` and answers what it printed. Rejects, with what it complained of, when it fails. */
  async run(...args: string[]): Promise<string> {
    const env = { HOME: this.#home, KUBECONFIG: join(this.#home, 'config'), PATH: dirname(this.#program) };
    const { stdout } = await run(this.#program, args, { env, timeout: CALL_MS });
    return stdout;
  }

  /** Writes a manifest to a file and applies it. */
  async apply(...objects: object[]): Promise<string> {
    const file = join(this.#home, 'manifest.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    return this.run('apply', '-f', file);
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}
