/** What differs between OCI runtime programs beyond their common command line, told by `--version`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OciRuntime } from '../contract.ts';
import type { RuntimeFeatures } from '../spec/input.ts';

const run = promisify(execFile);

export type RuntimeKind = 'crun' | 'runc' | 'runsc' | 'other';

export interface RuntimeTraits extends RuntimeFeatures {
  kind: RuntimeKind;
  /** The container's init is an ordinary process of the host: signals can go to it directly. */
  nativeInit: boolean;
}

function kindOf(version: string): RuntimeKind {
  const [name = ''] = version.trim().split(/\s+/, 1);
  return name === 'crun' || name === 'runc' || name === 'runsc' ? name : 'other';
}

/** The traits of a program by its kind. An unknown one is given nothing but the OCI command line. */
export function traitsOf(kind: RuntimeKind): RuntimeTraits {
  const isNative = kind === 'crun' || kind === 'runc';
  return { kind, nativeInit: isNative, recursiveReadonly: isNative };
}

/** Asks a program what it is. Throws when it cannot be run. */
export async function probeTraits(runtime: OciRuntime, options: { signal?: AbortSignal } = {}): Promise<RuntimeTraits> {
  const { stdout } = await run(runtime.path, ['--version'], { signal: options.signal, timeout: 10_000 });
  return traitsOf(kindOf(stdout));
}
