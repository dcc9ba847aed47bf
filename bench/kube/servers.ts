/** Starts API servers for the benchmark: ours, and upstream's with etcd where Debian's packages are installed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from './wire.ts';
import { Wire } from './wire.ts';

/** A server under test. */
export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly target: Target;
  /** From spawn to the first answered `/readyz`. */
  readonly readyMs: number;
  /** Resident memory of all its processes now, in MB. */
  rssMb(): number;
  /** The most that any of its processes had, added up, in MB. */
  peakRssMb(): number;
  /** Processor time that all its processes have used, in milliseconds. */
  cpuMs(): number;
}

const ROOT = join(import.meta.dirname, '../..');

/** Ours, on SQLite in `dir`, or on another datastore. */
export async function startHako(dir: string, port: number, more: readonly string[] = []): Promise<Server> {
  mkdirSync(dir, { recursive: true });
  const kubeconfig = join(dir, 'kubeconfig');
  const start = performance.now();
  const child = run(join(ROOT, 'hako'), [
    'server',
    '--data-dir',
    dir,
    '--listen',
    `127.0.0.1:${port}`,
    '--kubeconfig',
    kubeconfig,
    ...more,
  ]);
  await until(() => existsSync(kubeconfig), child);
  const target = targetOf(JSON.parse(readFileSync(kubeconfig, 'utf8')), port);
  await ready(target, child);
  return server('hakobune', target, performance.now() - start, [child]);
}

interface Kubeconfig {
  clusters: { cluster: { 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

function targetOf({ clusters, users }: Kubeconfig, port: number): Target {
  const text = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString();
  const user = users[0]?.user;
  return {
    host: '127.0.0.1',
    port,
    ca: text(clusters[0]?.cluster['certificate-authority-data']),
    cert: text(user?.['client-certificate-data']),
    key: text(user?.['client-key-data']),
  };
}

/** Debian's kube-apiserver with its etcd, or undefined where they are not installed. */
export async function startUpstream(dir: string, port: number): Promise<Server | undefined> {
  const apiserver = ['/usr/bin/kube-apiserver'].find(existsSync);
  const etcd = ['/usr/bin/etcd'].find(existsSync);
  if (apiserver === undefined || etcd === undefined) return undefined;
  mkdirSync(dir, { recursive: true });
  const keys = makeKeys(dir);
  const client = `http://127.0.0.1:${port + 1}`;
  const start = performance.now();
  const store = run(etcd, [
    '--data-dir',
    join(dir, 'etcd'),
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    `http://127.0.0.1:${port + 2}`,
  ]);
  const child = run(apiserver, [
    `--etcd-servers=${client}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--client-ca-file=${keys.ca}`,
    `--tls-cert-file=${keys.cert}`,
    `--tls-private-key-file=${keys.key}`,
    `--service-account-key-file=${keys.key}`,
    `--service-account-signing-key-file=${keys.key}`,
    '--service-account-issuer=https://localhost',
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    '--service-cluster-ip-range=10.97.0.0/16',
    `--cert-dir=${dir}`,
  ]);
  const [ca, cert, key] = [keys.ca, keys.clientCert, keys.clientKey].map((path) => readFileSync(path, 'utf8'));
  const target: Target = { host: '127.0.0.1', port, ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
  await ready(target, child);
  return server('kube-apiserver + etcd', target, performance.now() - start, [child, store]);
}

function makeKeys(dir: string) {
  const path = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=bench-ca',
    '-days',
    '2',
  );
  for (const [name, subject] of [
    ['server', '/CN=localhost'],
    ['client', '/O=system:masters/CN=admin'],
  ] as const) {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(path('san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-extfile',
      'san',
    );
  }
  return {
    ca: path('ca.crt'),
    cert: path('server.crt'),
    key: path('server.key'),
    clientCert: path('client.crt'),
    clientKey: path('client.key'),
  };
}

function run(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, [...args], {
    stdio: ['ignore', 'ignore', process.env.BENCH_DEBUG === '1' ? 'inherit' : 'ignore'],
  });
}

async function until(condition: () => boolean, child: ChildProcess): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error('the server ended; BENCH_DEBUG=1 shows why');
    await delay(5);
  }
}

async function ready(target: Target, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('the server ended; BENCH_DEBUG=1 shows why');
    try {
      using wire = await Wire.open(target);
      if ((await wire.call('GET', '/readyz')).code === 200) return;
    } catch {
      // Not listening yet.
    }
    await delay(5);
  }
}

function server(name: string, target: Target, readyMs: number, children: readonly ChildProcess[]): Server {
  return {
    name,
    target,
    readyMs,
    rssMb: () => children.reduce((sum, { pid }) => sum + memoryOf(pid as number, 'VmRSS'), 0),
    peakRssMb: () => children.reduce((sum, { pid }) => sum + memoryOf(pid as number, 'VmHWM'), 0),
    cpuMs: () => children.reduce((sum, { pid }) => sum + cpuOf(pid as number), 0),
    async [Symbol.asyncDispose]() {
      const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of children) child.kill('SIGTERM');
      await Promise.all(ended);
    },
  };
}

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) / 1024;
}

/** Processor time of a process in milliseconds: user and system of /proc/PID/stat, in ticks of 10 ms. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
