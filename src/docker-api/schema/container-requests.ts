import { containerConfigFields } from './container-config.ts';
import { hostConfig } from './host-config.ts';
import { networkingConfig } from './networking.ts';
import { flag, list, object, pair, text, textOrList } from './shape.ts';

/** Body of `POST /containers/create`. */
export const createContainerRequest = object({
  ...containerConfigFields,
  HostConfig: hostConfig,
  NetworkingConfig: networkingConfig,
});

/** Body of `POST /containers/{id}/exec`. */
export const execCreateRequest = object({
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  DetachKeys: text,
  Tty: flag,
  Env: list(text),
  Cmd: textOrList,
  Privileged: flag,
  User: text,
  WorkingDir: text,
  ConsoleSize: pair,
});

/** Body of `POST /exec/{id}/start`. */
export const execStartRequest = object({ Detach: flag, Tty: flag, ConsoleSize: pair });
