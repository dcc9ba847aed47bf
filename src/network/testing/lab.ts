/**
 * A laboratory for root tests: the test process moves into a network namespace of its own, which plays the host, with a
 * second one next to it that plays the outside world. Containers are bare namespaces; programs run in them by nsenter.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '#base';
import { openDatabase } from '#state';
import { CloneFlag, unshare } from '#system';
import { changeLink, NetlinkSocket } from '#system/netlink';
import type { NetworkOptions } from '../context.ts';
import type { Endpoint, EndpointRequest, Networks } from '../contract.ts';
import { writeSysctl } from '../netns/sysctl.ts';
import { openNetworks } from '../open.ts';

const run = promisify(execFile);

/** The host's address towards the outside, and the outside's. */
export const HOST = { ipv4: '203.0.113.1', ipv6: '2001:db8::1' };
export const OUTSIDE = { ipv4: '203.0.113.2', ipv6: '2001:db8::2' };

/** What a program that ended left behind. */
export interface Outcome {
  ok: boolean;
  output: string;
}

/** A namespace in which programs can be run. */
export class Place {
  /** Path for nsenter; empty means the namespace of the test. */
  readonly netns: string;
  readonly #children: Disposable[];

  constructor(netns: string, children: Disposable[]) {
    this.netns = netns;
    this.#children = children;
  }

  /** Runs a shell command; at most five seconds. */
  async sh(command: string): Promise<Outcome> {
    const args = this.#arguments(['busybox', 'sh', '-c', command]);
    try {
      const { stdout, stderr } = await run(args[0] ?? '', args.slice(1), { timeout: 5000 });
      return { ok: true, output: stdout + stderr };
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return { ok: false, output: stdout + stderr };
    }
  }

  async pings(address: string): Promise<boolean> {
    return (await this.sh(`busybox ping -c1 -W1 ${address}`)).ok;
  }

  /** The body of an HTTP answer, or `no answer`. */
  async get(host: string, port: number): Promise<string> {
    const { ok, output } = await this.sh(`curl -gsS -m 2 http://${host}:${port}/`);
    return ok ? output.trim() : 'no answer';
  }

  /** Sends one datagram and answers what comes back within a second, or `no answer`. */
  async ask(host: string, port: number): Promise<string> {
    const type = host.includes(':') ? 'udp6' : 'udp4';
    const program = `
      const socket = require('node:dgram').createSocket('${type}');
      socket.on('message', (text) => { console.log(String(text)); socket.close(); });
      socket.send('hi', ${port}, '${host}');
      setTimeout(() => { console.log('no answer'); process.exit(); }, 1000).unref();`;
    const args = this.#arguments([process.execPath, '-e', program]);
    return (await run(args[0] ?? '', args.slice(1))).stdout.trim();
  }

  /** Runs a Node program until the test ends; resolves when it prints its first line. */
  async node(program: string): Promise<void> {
    const untilOrphaned = "process.stdin.on('end', () => process.exit()).resume();";
    const node = [process.execPath, '--no-warnings', '--input-type=module', '-e', program + untilOrphaned];
    const args = this.#arguments(node);
    const child = spawn(args[0] ?? '', args.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push({ [Symbol.dispose]: () => child.kill('SIGKILL') });
    await once(child.stdout, 'data');
  }

  /** Answers every HTTP request with `name` and the address of whoever asks. */
  async serve(name: string, port: number): Promise<void> {
    await this.node(`
      import { createServer } from 'node:http';
      const server = createServer((request, response) => response.end('${name} ' + request.socket.remoteAddress));
      server.listen({ port: ${port}, host: '::' }, () => console.log('ready'));
    `);
  }

  /** Sends every UDP datagram back with `name` before it. */
  async echo(name: string, port: number): Promise<void> {
    await this.node(`
      import { createSocket } from 'node:dgram';
      const socket = createSocket('udp4');
      socket.on('message', (text, from) => socket.send('${name} ' + text, from.port, from.address));
      socket.bind(${port}, () => console.log('ready'));
    `);
  }

  #arguments(command: string[]): string[] {
    return this.netns === '' ? command : ['nsenter', `--net=${this.netns}`, ...command];
  }
}

/** A namespace that stands in for a container. */
export class TestContainer extends Place {
  readonly id: string;
  readonly name: string;

  constructor(id: string, name: string, netns: string, children: Disposable[]) {
    super(netns, children);
    this.id = id;
    this.name = name;
  }
}

export class Lab implements AsyncDisposable {
  readonly dir: string;
  readonly host: Place;
  readonly outside: Place;
  networks: Networks & AsyncDisposable;
  readonly #children: Disposable[] = [];
  readonly #options: Partial<NetworkOptions>;
  readonly #instance: string;

  constructor(dir: string, instance: string, networks: Networks & AsyncDisposable, options: Partial<NetworkOptions>) {
    this.dir = dir;
    this.networks = networks;
    this.#options = options;
    this.#instance = instance;
    this.host = new Place('', this.#children);
    this.outside = new Place(outsideNetns, this.#children);
  }

  /** A container in the given networks. */
  async container(name: string, networks: (string | Partial<EndpointRequest>)[]): Promise<TestContainer> {
    const id = newId();
    const sandbox = await this.networks.createSandbox(id);
    for (const wanted of networks) {
      const request = typeof wanted === 'string' ? { network: wanted } : wanted;
      await this.networks.connect(sandbox, {
        containerId: id,
        containerName: name,
        aliases: [],
        network: 'bridge',
        ...request,
      });
    }
    return new TestContainer(id, name, sandbox.netnsPath, this.#children);
  }

  /** The only, or the named network's, endpoint of a container. */
  endpoint(container: TestContainer, network?: string): Endpoint {
    const found = this.networks
      .endpointsOf(container.id)
      .find(({ networkName }) => network === undefined || networkName === network);
    if (found === undefined) throw new Error(`${container.name} has no endpoint in ${network ?? 'any network'}`);
    return found;
  }

  /** Lets the daemon's side end and start anew, as after an orderly stop. */
  async restart(): Promise<void> {
    await this.networks[Symbol.asyncDispose]();
    this.networks = await openIn(this.dir, this.#instance, this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.splice(0)) child[Symbol.dispose]();
    await this.networks.purge();
    await this.networks[Symbol.asyncDispose]();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

let outsideNetns = '';

/** Moves this process into a namespace that plays the host. Once per test file, before anything else. */
export function enterLaboratory(): void {
  unshare(CloneFlag.NEWNET);
  using netlink = new NetlinkSocket();
  changeLink(netlink, 'lo', { isUp: true });
  writeSysctl('net/ipv6/conf/default/accept_dad', '0');
  const holder = spawn('unshare', ['--net', 'setpriv', '--pdeathsig', 'KILL', 'sleep', 'infinity'], {
    stdio: 'ignore',
  });
  holder.unref();
  process.once('exit', () => holder.kill('SIGKILL'));
  outsideNetns = `/proc/${holder.pid}/ns/net`;
  connectOutside(netlink, holder.pid ?? 0);
}

function connectOutside(netlink: NetlinkSocket, pid: number): void {
  const host = String(execFileSync('readlink', ['/proc/self/ns/net']));
  while (String(execFileSync('readlink', [`/proc/${pid}/ns/net`])) === host);
  execFileSync('ip', ['link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'wan1', 'netns', String(pid)]);
  for (const [address, prefixLength] of [
    [HOST.ipv4, 24],
    [HOST.ipv6, 64],
  ] as const) {
    execFileSync('ip', ['address', 'add', `${address}/${prefixLength}`, 'dev', 'wan0']);
  }
  changeLink(netlink, 'wan0', { isUp: true });
  const inside = (...args: string[]) => execFileSync('nsenter', [`--net=${outsideNetns}`, 'ip', ...args]);
  inside('link', 'set', 'lo', 'up');
  inside('address', 'add', `${OUTSIDE.ipv4}/24`, 'dev', 'wan1');
  inside('address', 'add', `${OUTSIDE.ipv6}/64`, 'dev', 'wan1', 'nodad');
  inside('link', 'set', 'wan1', 'up');
  execFileSync('ip', ['route', 'add', 'default', 'via', OUTSIDE.ipv4]);
}

let count = 0;

/** Opens the networks of a fresh instance in the laboratory. */
export async function openLab(options: Partial<NetworkOptions> = {}): Promise<Lab> {
  const dir = mkdtempSync(join(tmpdir(), 'hako-network-'));
  const instance = options.instance ?? `lab${process.pid}-${count++}`;
  mkdirSync(join(dir, 'root'));
  writeFileSync(join(dir, 'resolv.conf'), 'nameserver 127.0.0.53\nsearch example.org\n');
  return new Lab(dir, instance, await openIn(dir, instance, options), options);
}

async function openIn(
  dir: string,
  instance: string,
  options: Partial<NetworkOptions>,
): Promise<Networks & AsyncDisposable> {
  return openNetworks({
    runDir: join(dir, 'run'),
    rootDir: join(dir, 'root'),
    instance,
    database: openDatabase(join(dir, 'root', 'state.db')),
    resolvConf: join(dir, 'resolv.conf'),
    namespacePoolSize: 2,
    ...options,
  });
}

/** What networks may leave on a host: interfaces, rules, mounts and processes that name `dir`. */
export function hostTraces(dir: string): string {
  const shell = (command: string) => execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  const links = shell('ip -o link | cut -d: -f2 | sort');
  const rules = shell('nft list ruleset');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split(dir).length - 1;
  const processes = shell('cat /proc/[0-9]*/cmdline 2>/dev/null || true').split(`${dir}/run/network`).length - 1;
  const settings = shell('cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding');
  return [links, rules, mounts, processes, settings].join('---\n');
}
