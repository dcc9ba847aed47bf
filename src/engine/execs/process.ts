import { generateProcess, type OciProcess } from '#runtime';
import type { EngineContext } from '../context.ts';
import type { ExecConfig } from '../contract.ts';
import { processEnvironment } from '../process/environment.ts';
import { userIn } from '../process/prepare.ts';
import { securityOf } from '../process/security.ts';
import { ulimitsOf } from '../process/spec-input.ts';
import type { Entry } from '../store/entry.ts';

/** The process of an exec: the container's own, with the command, user, folder and variables that the exec names. */
export function execProcess(context: EngineContext, entry: Entry, config: ExecConfig): OciProcess {
  const { config: container, hostConfig } = entry.record;
  const terminal = config.Tty === true;
  const user = userIn(`/proc/${entry.state.pid}/root`, config.User || container.User || '', hostConfig.GroupAdd ?? []);
  const variables = [...(container.Env ?? []), ...(config.Env ?? [])];
  const size = config.ConsoleSize;
  const security = securityOf(hostConfig);
  return generateProcess({
    process: {
      args: config.Cmd ?? [],
      env: processEnvironment(variables, { hostname: container.Hostname ?? '', home: user.home, terminal }),
      cwd: config.WorkingDir || container.WorkingDir || '/',
      user,
      terminal,
      ...(size && terminal ? { consoleSize: { rows: size[0], columns: size[1] } } : {}),
    },
    security: config.Privileged ? { ...security, privileged: true } : security,
    ulimits: ulimitsOf(hostConfig),
    host: context.settings.host,
  });
}
