/** conmon's command lines (conmon(8), version 2.1). */
import { join } from 'node:path';
import type { CreateRequest, ExecRequest, OciRuntime } from '../contract.ts';
import { BundleFile, type RuntimeLayout } from './layout.ts';

function common(layout: RuntimeLayout, runtime: OciRuntime, id: string, folder: string): string[] {
  const runtimeArgs = [...runtime.args, `--root=${layout.stateRoot(runtime.name)}`];
  return [
    ...[
      '--api-version',
      '1',
      '--sync',
      '-c',
      id,
      '-u',
      id,
      '-n',
      id,
      '-r',
      runtime.path,
      '-b',
      folder,
      '--full-attach',
    ],
    ...runtimeArgs.flatMap((argument) => ['--runtime-arg', argument]),
    ...['-p', join(folder, BundleFile.PID), '--no-sync-log'],
  ];
}

function logArgs({ driver, path, maxBytes }: CreateRequest['log']): string[] {
  if (driver === 'none') return ['-l', 'none'];
  if (driver === 'journald') return ['-l', 'journald'];
  return ['-l', `k8s-file:${path}`, '--log-size-max', Number.isFinite(maxBytes) ? String(maxBytes) : '-1'];
}

/** Arguments that create a container from the bundle and watch it. */
export function createArgs(layout: RuntimeLayout, request: CreateRequest): string[] {
  const { runtime, id, bundleDir, terminal, openStdin, stdinOnce, log } = request;
  const args = [...common(layout, runtime, id, bundleDir), '--exit-dir', layout.exits, ...logArgs(log)];
  if (terminal) args.push('-t');
  if (openStdin) args.push('-i');
  // A terminal is never "closed" by the client that leaves: another one may come.
  if (!stdinOnce || terminal) args.push('--leave-stdin-open');
  return args;
}

/** Arguments that run one more process in a container. */
export function execArgs(
  layout: RuntimeLayout,
  runtime: OciRuntime,
  id: string,
  folder: string,
  request: ExecRequest,
): string[] {
  const process = ['-e', '--exec-process-spec', join(folder, BundleFile.PROCESS), '-l', 'none'];
  const args = [...common(layout, runtime, id, folder), ...process];
  if (!request.detached) args.push('--exec-attach');
  if (request.terminal) args.push('-t');
  if (request.openStdin) args.push('-i');
  return args;
}
