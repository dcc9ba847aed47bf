import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `GET /exec/{id}/json`. */
export function inspectExec(exchange: Exchange, { engine }: Api): void {
  const exec = engine.execs.get(exchange.param('id'));
  const [entrypoint = '', ...args] = exec.config.Cmd ?? [];
  exchange.json(200, {
    ID: exec.id,
    Running: exec.running,
    ExitCode: exec.exitCode,
    ProcessConfig: {
      tty: exec.config.Tty ?? false,
      entrypoint,
      arguments: args,
      privileged: exec.config.Privileged ?? false,
      ...(exec.config.User ? { user: exec.config.User } : {}),
    },
    OpenStdin: exec.config.AttachStdin ?? false,
    OpenStderr: exec.config.AttachStderr ?? false,
    OpenStdout: exec.config.AttachStdout ?? false,
    CanRemove: exec.exitCode !== null,
    ContainerID: exec.containerId,
    DetachKeys: exec.config.DetachKeys ?? '',
    Pid: exec.pid,
  });
}
