/** A CDI file (cdi.json schema 0.3 to 1.0) checked and reduced to what an OCI spec takes. */
import { HakoError } from '#base';
import type { OciHookName } from '../oci-spec.ts';
import type { CdiDeviceNode, CdiEdits, CdiHook, CdiMount } from './edits.ts';

export interface CdiFile {
  /** `vendor.com/class` */
  kind: string;
  devices: { name: string; edits: CdiEdits }[];
  edits: CdiEdits;
}

type Fields = Record<string, unknown>;

const HOOKS = new Set<string>([
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
]);

/** Reads fields of one file; every refusal names the file. */
class Reader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  refuse(problem: string): never {
    throw new HakoError('invalid', `${this.#path}: ${problem}`);
  }

  fields(value: unknown, where: string): Fields {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) this.refuse(`${where} must be an object`);
    return value as Fields;
  }

  list(value: unknown, where: string): unknown[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : this.refuse(`${where} must be a list`);
  }

  text(value: unknown, where: string): string {
    return typeof value === 'string' && value !== '' ? value : this.refuse(`${where} must be a string`);
  }

  texts(value: unknown, where: string): string[] {
    return this.list(value, where).map((item) => this.text(item, where));
  }

  path(value: unknown, where: string): string {
    const path = this.text(value, where);
    return path.startsWith('/') ? path : this.refuse(`${where} "${path}" must be an absolute path`);
  }

  number(value: unknown, where: string): number | undefined {
    if (value === undefined || value === null) return undefined;
    return typeof value === 'number' && Number.isInteger(value)
      ? value
      : this.refuse(`${where} must be a whole number`);
  }
}

function parseNode(reader: Reader, value: unknown): CdiDeviceNode {
  const node = reader.fields(value, 'deviceNodes');
  const type = node.type === 'b' || node.type === 'p' ? node.type : 'c';
  return {
    path: reader.path(node.path, 'deviceNodes.path'),
    ...(node.hostPath ? { hostPath: reader.path(node.hostPath, 'deviceNodes.hostPath') } : {}),
    type,
    major: reader.number(node.major, 'major') ?? 0,
    minor: reader.number(node.minor, 'minor') ?? 0,
    fileMode: reader.number(node.fileMode, 'fileMode'),
    ...(node.permissions ? { permissions: reader.text(node.permissions, 'permissions') } : {}),
    uid: reader.number(node.uid, 'uid'),
    gid: reader.number(node.gid, 'gid'),
  };
}

function parseMount(reader: Reader, value: unknown): CdiMount {
  const mount = reader.fields(value, 'mounts');
  return {
    hostPath: reader.text(mount.hostPath, 'mounts.hostPath'),
    containerPath: reader.path(mount.containerPath, 'mounts.containerPath'),
    ...(mount.options ? { options: reader.texts(mount.options, 'mounts.options') } : {}),
    ...(mount.type ? { type: reader.text(mount.type, 'mounts.type') } : {}),
  };
}

function parseHook(reader: Reader, value: unknown): CdiHook {
  const hook = reader.fields(value, 'hooks');
  const hookName = reader.text(hook.hookName, 'hooks.hookName');
  if (!HOOKS.has(hookName)) reader.refuse(`unknown hook "${hookName}"`);
  return {
    hookName: hookName as OciHookName,
    path: reader.path(hook.path, 'hooks.path'),
    ...(hook.args ? { args: reader.texts(hook.args, 'hooks.args') } : {}),
    ...(hook.env ? { env: reader.texts(hook.env, 'hooks.env') } : {}),
    ...(hook.timeout === undefined ? {} : { timeout: reader.number(hook.timeout, 'hooks.timeout') }),
  };
}

function parseEdits(reader: Reader, value: unknown): CdiEdits {
  const edits = reader.fields(value, 'containerEdits');
  const env = reader.texts(edits.env, 'env');
  for (const entry of env) if (!entry.includes('=')) reader.refuse(`env "${entry}" must be NAME=value`);
  return {
    env,
    deviceNodes: reader.list(edits.deviceNodes, 'deviceNodes').map((node) => parseNode(reader, node)),
    mounts: reader.list(edits.mounts, 'mounts').map((mount) => parseMount(reader, mount)),
    hooks: reader.list(edits.hooks, 'hooks').map((hook) => parseHook(reader, hook)),
    additionalGids: reader.list(edits.additionalGids, 'additionalGids').map((gid) => reader.number(gid, 'gid') ?? 0),
  };
}

/** Checks a parsed CDI file; throws `invalid` naming the file at `path`. */
export function parseCdiFile(value: unknown, path: string): CdiFile {
  const reader = new Reader(path);
  const file = reader.fields(value, 'the file');
  const version = reader.text(file.cdiVersion, 'cdiVersion');
  if (!/^v?(0\.[3-9]|1\.\d+)\.\d+$/.test(version)) reader.refuse(`cdiVersion ${version} is not known`);
  const kind = reader.text(file.kind, 'kind');
  if (!/^[a-zA-Z][\w.-]*\/[a-zA-Z][\w-]*$/.test(kind)) reader.refuse(`kind "${kind}" must be vendor.com/class`);
  const devices = reader.list(file.devices, 'devices').map((item) => {
    const device = reader.fields(item, 'devices');
    return { name: reader.text(device.name, 'devices.name'), edits: parseEdits(reader, device.containerEdits) };
  });
  return { kind, devices, edits: parseEdits(reader, file.containerEdits) };
}
