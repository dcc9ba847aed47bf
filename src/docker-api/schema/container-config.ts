import { healthConfig } from './health.ts';
import { emptyObject, flag, integer, list, mapOf, object, text, textOrList } from './shape.ts';

/** `ContainerConfig` of API 1.51: what travels with an image. */
export const containerConfigFields = {
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: mapOf(emptyObject, () => ({})),
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: list(text),
  Cmd: textOrList,
  Healthcheck: healthConfig,
  ArgsEscaped: flag,
  Image: text,
  Volumes: mapOf(emptyObject, () => ({})),
  WorkingDir: text,
  Entrypoint: textOrList,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: list(text),
  Labels: mapOf(text),
  StopSignal: text,
  StopTimeout: integer,
  Shell: textOrList,
};

export const containerConfig = object(containerConfigFields);
