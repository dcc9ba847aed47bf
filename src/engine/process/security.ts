import { readFileSync } from 'node:fs';
import { errorMessage, HakoError } from '#base';
import type { SpecInput } from '#runtime';
import type { HostConfig } from '../spec.ts';

type SecurityInput = SpecInput['security'];

/** Reads docker's `--security-opt`, `--cap-add`, `--cap-drop` and `--privileged`; throws `invalid` on unknown options. */
export function securityOf(hostConfig: HostConfig): SecurityInput {
  const security: SecurityInput = {
    privileged: hostConfig.Privileged === true,
    capAdd: hostConfig.CapAdd ?? [],
    capDrop: hostConfig.CapDrop ?? [],
    noNewPrivileges: false,
    seccomp: 'default',
    ...(hostConfig.MaskedPaths ? { maskedPaths: hostConfig.MaskedPaths } : {}),
    ...(hostConfig.ReadonlyPaths ? { readonlyPaths: hostConfig.ReadonlyPaths } : {}),
  };
  if (security.privileged) security.seccomp = 'unconfined';
  for (const option of hostConfig.SecurityOpt ?? []) apply(security, option);
  return security;
}

/** Options come as `name=value`, in older clients as `name:value`. */
function apply(security: SecurityInput, option: string): void {
  const [, name = option, value = ''] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
  switch (name) {
    case 'no-new-privileges':
      security.noNewPrivileges = value !== 'false';
      return;
    case 'seccomp':
      security.seccomp = seccompOf(value);
      return;
    case 'apparmor':
      security.apparmorProfile = value;
      return;
    case 'label':
      if (value !== 'disable') security.selinuxLabel = selinuxLabel(security.selinuxLabel, value);
      return;
    case 'systempaths':
      if (value !== 'unconfined') throw unknownOption(option);
      security.maskedPaths = [];
      security.readonlyPaths = [];
      return;
    default:
      throw unknownOption(option);
  }
}

function unknownOption(option: string): HakoError {
  const known = 'no-new-privileges, seccomp=…, apparmor=…, label=…, systempaths=unconfined';
  return new HakoError('invalid', `invalid --security-opt: "${option}": use one of ${known}`);
}

/** `unconfined`, `builtin`, the JSON text that the docker CLI sends, or the path of a profile on this host. */
function seccompOf(value: string): SecurityInput['seccomp'] {
  if (value === 'unconfined') return 'unconfined';
  if (value === '' || value === 'builtin' || value === 'default') return 'default';
  if (value.trimStart().startsWith('{')) return { profile: value };
  try {
    return { profile: readFileSync(value, 'utf8') };
  } catch (error) {
    throw new HakoError('invalid', `opening seccomp profile (${value}) failed: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

const SELINUX_FIELDS = ['user', 'role', 'type', 'level'];

/** Sets one field (`type:container_t`) of a label `user:role:type:level`. */
function selinuxLabel(current: string | undefined, value: string): string {
  const fields = (current ?? 'system_u:system_r:container_t:s0').split(':');
  const [field = '', ...rest] = value.split(':');
  const index = SELINUX_FIELDS.indexOf(field);
  if (index < 0) throw unknownOption(`label=${value}`);
  return [...fields.slice(0, index), rest.join(':'), ...(index === 3 ? [] : fields.slice(index + 1))].join(':');
}
