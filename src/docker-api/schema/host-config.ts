import { mount } from './mount.ts';
import { resourcesFields, restartPolicy } from './resources.ts';
import { flag, integer, list, mapOf, object, pair, text, textOrList, withDefaults, word } from './shape.ts';

/** `PortMap`: null means that the port is published nowhere in particular. */
export const portBindings = mapOf(list(object({ HostIp: text, HostPort: text })), () => []);

/** `HostConfig` of API 1.51, with our `HealthOnFailure`. */
export const hostConfig = object({
  ...resourcesFields,
  Binds: list(text),
  ContainerIDFile: text,
  LogConfig: withDefaults(object({ Type: text, Config: mapOf(text) }), { Type: '', Config: {} }),
  NetworkMode: text,
  PortBindings: portBindings,
  RestartPolicy: restartPolicy,
  HealthOnFailure: word(
    ['none', 'restart', 'kill', 'stop'],
    (given) => `invalid HealthOnFailure: ${given}: use none, restart, kill or stop`,
  ),
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: list(text),
  Mounts: list(mount),
  ConsoleSize: pair,
  Annotations: mapOf(text),
  CapAdd: textOrList,
  CapDrop: textOrList,
  CgroupnsMode: word(
    ['', 'private', 'host'],
    (given) => `invalid cgroup namespace mode: ${given}: use private or host`,
  ),
  Dns: list(text),
  DnsOptions: list(text),
  DnsSearch: list(text),
  ExtraHosts: list(text),
  GroupAdd: list(text),
  IpcMode: text,
  Cgroup: text,
  Links: list(text),
  OomScoreAdj: integer,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: list(text),
  StorageOpt: mapOf(text),
  Tmpfs: mapOf(text),
  UTSMode: text,
  UsernsMode: text,
  ShmSize: integer,
  Sysctls: mapOf(text),
  Runtime: text,
  Isolation: text,
  MaskedPaths: list(text),
  ReadonlyPaths: list(text),
});
