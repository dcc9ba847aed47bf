/** Flags about isolation: namespaces, capabilities, devices. */

import type { Values } from '../args/flags.ts';
import { list, text, toggle } from '../args/flags.ts';
import { CliError, UsageError } from '../errors.ts';
import type { CreatePart } from './body.ts';
import { parseCsv, splitPair, unlessBlank, unlessEmpty } from './values.ts';

export const securityFlags = {
  privileged: toggle('', 'Give the container everything: all capabilities and devices'),
  'cap-add': list('', 'CAPABILITY', 'Add a Linux capability'),
  'cap-drop': list('', 'CAPABILITY', 'Take a Linux capability away; ALL for all'),
  'security-opt': list('', 'OPTION', 'no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE, label=…'),
  'group-add': list('', 'GROUP', 'Additional group of the process'),
  device: list('', 'HOST[:PATH[:rwm]]', 'Give the container a device, or a CDI name such as vendor.com/gpu=0'),
  'device-cgroup-rule': list('', 'RULE', 'Rule of the device control group'),
  gpus: text('', 'GPUS', "GPUs to give: all, a count, or 'device=0,1'"),
  userns: text('', 'MODE', 'User namespace: host, private'),
  pid: text('', 'MODE', 'PID namespace: host, container:NAME'),
  ipc: text('', 'MODE', 'IPC namespace: none, private, shareable, host, container:NAME'),
  uts: text('', 'MODE', 'UTS namespace: host'),
  cgroupns: text('', 'MODE', 'Control group namespace: host, private'),
};

export async function securityOptions(flags: Values<typeof securityFlags>): Promise<CreatePart> {
  const isCdi = (device: string) => /^[^/:]+\.?[^/:]*\/[^/=]+=.+$/.test(device);
  const cdi = flags.device.filter(isCdi);
  const requests = [
    ...(flags.gpus === '' ? [] : [parseGpus(flags.gpus)]),
    ...(cdi.length === 0 ? [] : [{ Driver: 'cdi', DeviceIDs: cdi }]),
  ];
  return {
    hostConfig: {
      Privileged: flags.privileged,
      CapAdd: unlessEmpty(flags['cap-add']),
      CapDrop: unlessEmpty(flags['cap-drop']),
      SecurityOpt: unlessEmpty(await Promise.all(flags['security-opt'].map(parseSecurityOption))),
      GroupAdd: unlessEmpty(flags['group-add']),
      Devices: unlessEmpty(flags.device.filter((device) => !isCdi(device)).map(parseDevice)),
      DeviceCgroupRules: unlessEmpty(flags['device-cgroup-rule']),
      DeviceRequests: unlessEmpty(requests),
      UsernsMode: unlessBlank(flags.userns),
      PidMode: unlessBlank(flags.pid),
      IpcMode: unlessBlank(flags.ipc),
      UTSMode: unlessBlank(flags.uts),
      CgroupnsMode: unlessBlank(flags.cgroupns),
    },
  };
}

/** A seccomp profile is sent as its content: the daemon may not see our files. */
async function parseSecurityOption(option: string): Promise<string> {
  const [key, value] = splitPair(option.replace(/^(seccomp|apparmor|label):/, '$1='));
  if (key !== 'seccomp' || value === 'unconfined' || value === 'builtin') return option;
  const { readUserFile } = await import('./files.ts');
  const text = readUserFile(value);
  try {
    return `seccomp=${JSON.stringify(JSON.parse(text))}`;
  } catch (error) {
    throw new CliError(`the seccomp profile ${value} is not JSON`, { cause: error });
  }
}

/** `/dev/a`, `/dev/a:/dev/b`, `/dev/a:rwm`, `/dev/a:/dev/b:r`. Throws UsageError. */
export function parseDevice(text: string) {
  const [host = '', second, third, ...more] = text.split(':');
  const isMode = (part: string | undefined) => part !== undefined && /^[rwm]{1,3}$/.test(part);
  const inside = second === undefined || isMode(second) ? host : second;
  const permissions = third ?? (isMode(second) ? second : undefined) ?? 'rwm';
  if (host === '' || more.length > 0 || !isMode(permissions)) {
    throw new UsageError(`--device ${text}: write /dev/HOST[:/dev/INSIDE[:rwm]]`);
  }
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: permissions };
}

/** `all`, `2`, `device=0,1`, `"driver=nvidia,count=1,capabilities=gpu"`. Throws UsageError. */
export function parseGpus(text: string) {
  const fields = parseCsv(text).map((field) =>
    /^(all|-?\d+)$/.test(field) ? (['count', field] as const) : splitPair(field),
  );
  const request = {
    Driver: '',
    Count: 0,
    DeviceIDs: [] as string[],
    Capabilities: [['gpu']],
    Options: {} as Record<string, string>,
  };
  for (const [key, value] of fields) {
    if (key === 'driver') request.Driver = value;
    else if (key === 'count') request.Count = value === 'all' ? -1 : Number(value);
    else if (key === 'device') request.DeviceIDs = value.split(',');
    else if (key === 'capabilities') request.Capabilities = [[...new Set(['gpu', ...value.split(',')])]];
    else if (key === 'options') request.Options = Object.fromEntries(value.split(',').map(splitPair));
    else if (value === '') request.DeviceIDs.push(key);
    else throw new UsageError(`--gpus ${text}: "${key}" is unknown; write all, a count, or device=0`);
  }
  if (request.DeviceIDs.length === 0 && request.Count === 0) request.Count = 1;
  return request;
}
