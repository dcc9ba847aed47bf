/** Real kubectls, of several versions, and a way to call one in a HOME of its own. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a command left: its exit code (null: killed after the time limit) and what it wrote. */
export interface KubectlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run, where it is not as usual. */
export interface KubectlOptions {
  /** Text for standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this long the command is killed and its exit code is null. Default 60 s. */
  readonly timeoutMs?: number;
}

/** A program on disk and the minor version it is of. */
export interface KubectlBinary {
  readonly path: string;
  /** 33 of 1.33. */
  readonly minor: number;
}

/** Long enough for a busy machine; a command that waits for ever is an error of ours. */
const COMMAND_TIMEOUT_MS = 60_000;

/**
 * The kubectls to test with: those that HAKO_TEST_KUBECTL names (`PATH:PATH:…`; `all`: every one of the package `kubectl`), else the
 * oldest and the newest of the package's: all of them take minutes.
 */
export function findKubectls(): KubectlBinary[] {
  const named = process.env.HAKO_TEST_KUBECTL ?? '';
  const paths = named === '' || named === 'all' ? installed() : named.split(':');
  const found = paths.map((path) => ({ path, minor: minorOf(path) })).sort((a, b) => a.minor - b.minor);
  return named === '' ? found.filter((_, at) => at === 0 || at === found.length - 1) : found;
}

function installed(): string[] {
  const { status, stdout } = spawnSync('dpkg', ['-L', 'kubectl'], { encoding: 'utf8' });
  if (status !== 0) return [];
  return stdout.split('\n').filter((path) => /\/bin\/kubectl\.1\.\d+$/.test(path) && existsSync(path));
}

function minorOf(path: string): number {
  const named = /\/kubectl\.1\.(\d+)$/.exec(path)?.[1];
  if (named !== undefined) return Number(named);
  const version: { clientVersion: { minor: string } } = JSON.parse(
    execFileSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8' }),
  );
  return Number.parseInt(version.clientVersion.minor, 10);
}

/** What of a kubeconfig is read here. */
interface Kubeconfig {
  readonly contexts: readonly { readonly name: string; readonly context: object }[];
}

/** One kubectl with a fresh HOME (where it caches discovery) and a kubeconfig that names the namespace to work in. */
export class Kubectl implements Disposable {
  readonly binary: KubectlBinary;
  /** Where commands run; HOME and kubeconfigs are in it. */
  readonly folder: string;
  readonly namespace: string;
  readonly #config: Kubeconfig;

  private constructor(binary: KubectlBinary, folder: string, config: Kubeconfig, namespace: string) {
    this.binary = binary;
    this.folder = folder;
    this.namespace = namespace;
    const contexts = config.contexts.map(({ name, context }) => ({ name, context: { ...context, namespace } }));
    this.#config = { ...config, contexts };
    writeFileSync(this.#configPath, JSON.stringify(this.#config), { mode: 0o600 });
  }

  /** `kubeconfig`: its text, in JSON, as this server writes it. */
  static open(binary: KubectlBinary, kubeconfig: string): Kubectl {
    const folder = mkdtempSync(join(tmpdir(), 'hako-kubectl-'));
    mkdirSync(join(folder, 'home'));
    return new Kubectl(binary, folder, JSON.parse(kubeconfig) as Kubeconfig, 'default');
  }

  /** The same kubectl in another namespace; the folder stays that of the first. */
  within(namespace: string): Kubectl {
    return new Kubectl(this.binary, this.folder, this.#config, namespace);
  }

  get minor(): number {
    return this.binary.minor;
  }

  /** Runs a command to its end, whatever that is. */
  async run(args: readonly string[], { input, env, timeoutMs }: KubectlOptions = {}): Promise<KubectlResult> {
    const child = spawn(this.binary.path, args, {
      cwd: this.folder,
      env: { ...this.#environment(), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs ?? COMMAND_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    // A command that reads nothing closes its end first.
    child.stdin.on('error', () => undefined).end(input);
    const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr };
  }

  /** Runs a command that must succeed; answers what it printed, trimmed. */
  async ok(...args: string[]): Promise<string> {
    return this.#succeed(args, {});
  }

  /** Like `ok`, with text for standard input or an environment. */
  async okWith(options: KubectlOptions | string, ...args: string[]): Promise<string> {
    return this.#succeed(args, typeof options === 'string' ? { input: options } : options);
  }

  /** Runs a command that must fail on its own; answers what it wrote to standard error. */
  async fails(...args: string[]): Promise<string> {
    return this.failsWith('', ...args);
  }

  /** Like `fails`, with text for standard input. */
  async failsWith(input: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, { input });
    if (code === 0 || code === null) throw new Error(`${describe(args)} ended with ${code}: ${stdout}${stderr}`);
    return stderr.trim();
  }

  /** Runs a command with `-o json` and answers the object. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '-o', 'json')) as T;
  }

  /** A file in the folder that commands run in. */
  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode: 0o755 });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  async #succeed(args: readonly string[], options: KubectlOptions): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    if (code !== 0) throw new Error(`${describe(args)} ended with ${code}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  #environment(): Record<string, string> {
    const { PATH = '' } = process.env;
    // Collecting garbage is half of what a short Go program does; the limit is for those that read all schemas.
    return { PATH, HOME: join(this.folder, 'home'), KUBECONFIG: this.#configPath, GOGC: 'off', GOMEMLIMIT: '200MiB' };
  }

  get #configPath(): string {
    return join(this.folder, `${this.namespace}.config`);
  }
}

function describe(args: readonly string[]): string {
  return `kubectl ${args.join(' ')}`;
}
