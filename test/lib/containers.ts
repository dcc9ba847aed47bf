/** Short forms for what nearly every test does with containers. */
import { IMAGE, type TestDaemon } from './daemon.ts';

/** The part of `GET /containers/{id}/json` that tests look at. */
export interface Inspected {
  Id: string;
  RestartCount: number;
  State: {
    Status: string;
    Running: boolean;
    Pid: number;
    ExitCode: number;
    StartedAt: string;
    FinishedAt: string;
    Error: string;
  };
  NetworkSettings: { Ports: Record<string, { HostIp: string; HostPort: string }[] | null> };
}

/** The body of a create; `Image` may be left out. */
export type ContainerBody = Record<string, unknown>;

export async function create(daemon: TestDaemon, name: string, body: ContainerBody): Promise<string> {
  const { Id } = await daemon.api.ok<{ Id: string }>('POST', `/containers/create${name && `?name=${name}`}`, {
    Image: IMAGE,
    ...body,
  });
  return Id;
}

/** Creates and starts. */
export async function launch(daemon: TestDaemon, name: string, body: ContainerBody): Promise<string> {
  const id = await create(daemon, name, body);
  await daemon.api.ok('POST', `/containers/${id}/start`);
  return id;
}

export function inspect(daemon: TestDaemon, name: string): Promise<Inspected> {
  return daemon.api.ok('GET', `/containers/${name}/json`);
}

export async function remove(daemon: TestDaemon, ...names: string[]): Promise<void> {
  for (const name of names) await daemon.api.ok('DELETE', `/containers/${name}?force=1&v=1`);
}

/** Runs a shell script to its end without a network; answers exit code and output, and removes the container. */
export async function runScript(
  daemon: TestDaemon,
  script: string,
  { HostConfig, ...body }: ContainerBody & { HostConfig?: object } = {},
): Promise<{ code: number; output: string }> {
  const Cmd = ['sh', '-c', script];
  const id = await create(daemon, '', { Cmd, ...body, HostConfig: { NetworkMode: 'none', ...HostConfig } });
  try {
    await daemon.api.ok('POST', `/containers/${id}/start`);
    const { StatusCode } = await daemon.api.ok<{ StatusCode: number }>('POST', `/containers/${id}/wait`);
    return { code: StatusCode, output: await logsOf(daemon, id) };
  } finally {
    await remove(daemon, id);
  }
}

/** Both streams, without the headers of frames. */
export async function logsOf(daemon: TestDaemon, name: string): Promise<string> {
  const response = await daemon.api.open('GET', `/containers/${name}/logs?stdout=1&stderr=1`);
  return unframed(Buffer.concat(await response.toArray()));
}

/** The payloads of Docker's stream format: frames of stream type, three zero bytes, length and data. */
export function unframed(bytes: Buffer): string {
  const payloads: Buffer[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    payloads.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(payloads).toString('utf8');
}

/** Runs a command in a running container; answers exit code and output. */
export async function exec(
  daemon: TestDaemon,
  name: string,
  config: object,
): Promise<{ code: number; output: string }> {
  const body = { AttachStdout: true, AttachStderr: true, ...config };
  const { Id } = await daemon.api.ok<{ Id: string }>('POST', `/containers/${name}/exec`, body);
  const response = await daemon.api.open('POST', `/exec/${Id}/start`, { body: {} });
  const bytes = Buffer.concat(await response.toArray());
  const { ExitCode } = await daemon.api.ok<{ ExitCode: number }>('GET', `/exec/${Id}/json`);
  return { code: ExitCode, output: response.statusCode === 200 ? unframed(bytes) : bytes.toString('utf8') };
}
