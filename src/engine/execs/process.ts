import { readFileSync } from 'node:fs';
import { errorMessage, HakoError } from '#base';
import { type OciProcess, type OciSpec, processCapabilities } from '#runtime';
import { bundleDir, type EngineContext } from '../context.ts';
import type { ExecConfig } from '../contract.ts';
import { processEnvironment } from '../process/environment.ts';
import { userIn } from '../process/prepare.ts';
import type { Entry } from '../store/entry.ts';

/** The process of an exec: the container's own, with the command, user, folder and variables that the exec names. */
export function execProcess(context: EngineContext, entry: Entry, config: ExecConfig): OciProcess {
  const { config: container, hostConfig, id } = entry.record;
  const base = containerProcess(context, id);
  const terminal = config.Tty === true;
  const user = userIn(`/proc/${entry.state.pid}/root`, config.User || container.User || '', hostConfig.GroupAdd ?? []);
  const variables = [...(container.Env ?? []), ...(config.Env ?? [])];
  const size = config.ConsoleSize;
  return {
    ...base,
    terminal,
    ...(size && terminal ? { consoleSize: { height: size[0], width: size[1] } } : {}),
    args: config.Cmd ?? [],
    env: processEnvironment(variables, { hostname: container.Hostname ?? '', home: user.home, terminal }),
    cwd: config.WorkingDir || container.WorkingDir || '/',
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    ...processCapabilities({
      uid: user.uid,
      privileged: config.Privileged === true || hostConfig.Privileged === true,
      capAdd: hostConfig.CapAdd ?? [],
      capDrop: hostConfig.CapDrop ?? [],
      host: context.settings.host,
    }),
  };
}

/** `process` of the running container's config.json; the file lives as long as the run. */
function containerProcess(context: EngineContext, id: string): OciProcess {
  const path = `${bundleDir(context, id)}/config.json`;
  try {
    const spec = JSON.parse(readFileSync(path, 'utf8')) as OciSpec;
    return spec.process;
  } catch (error) {
    throw new HakoError('internal', `cannot read ${path} of a running container: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
