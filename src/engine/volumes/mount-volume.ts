import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { errorMessage, HakoError } from '#base';
import { MountFlag, mount } from '#system';
import { parseMountOptions } from './mount-options.ts';
import type { VolumeMount } from './options.ts';

const run = promisify(execFile);

/** A server that does not answer would otherwise hold the start of a container for minutes. */
const MOUNT_TIMEOUT_MS = 60_000;

/** Mounts what a volume's options ask for on its data folder. Throws `failed_precondition` with the kernel's words. */
export async function mountVolume(name: string, spec: VolumeMount, target: string): Promise<void> {
  try {
    const { flags, data } = parseMountOptions(await withServerAddress(spec));
    if (spec.type === 'tmpfs' || flags & MountFlag.BIND) mountNow(spec, flags, data, target);
    else await mountInChild({ ...spec, options: await withServerAddress(spec) }, target);
  } catch (error) {
    const what = `failed to mount local volume: mount ${spec.device}:${target}`;
    const detail = spec.options === '' ? '' : `, data: ${spec.options}`;
    throw new HakoError('failed_precondition', `${name}: ${what}${detail}: ${errorMessage(error)}`, { cause: error });
  }
}

/** A bind mount takes its other flags only from a second call. */
function mountNow(spec: VolumeMount, flags: number, data: string, target: string): void {
  mount({ type: spec.type, source: spec.device, flags, data }, target);
  const rest = flags & ~(MountFlag.BIND | MountFlag.REC);
  if (flags & MountFlag.BIND && rest !== 0) {
    mount({ type: '', source: '', flags: MountFlag.BIND | MountFlag.REMOUNT | rest }, target);
  }
}

/** Mounting a device or a share may take long, so it must not happen on our thread. `-i`: the kernel's options, no helper. */
async function mountInChild(spec: VolumeMount, target: string): Promise<void> {
  const options = spec.options === '' ? [] : ['-o', spec.options];
  await run('mount', ['-i', '-t', spec.type, ...options, '--', spec.device, target], {
    timeout: MOUNT_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
}

/** The kernel's NFS and CIFS want the server as an address: `addr=host` becomes `addr=192.0.2.1`. */
async function withServerAddress({ type, options }: VolumeMount): Promise<string> {
  const host = /(?:^|,)addr=([^,]+)/.exec(options)?.[1];
  if (host === undefined || isIP(host) !== 0 || !/^(nfs|nfs4|cifs)$/.test(type)) return options;
  const { address } = await lookup(host);
  return options.replace(`addr=${host}`, `addr=${address}`);
}
