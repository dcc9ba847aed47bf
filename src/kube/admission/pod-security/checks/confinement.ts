import type { Container } from '#kube/api/resources';
import {
  type Check,
  type CheckedPod,
  isWindows,
  namely,
  namesOf,
  quoted,
  setters,
  sorted,
  type Violation,
} from './check.ts';

const APP_ARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

function isConfined(type: string | undefined): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}

function isConfinedByAnnotation(value: string, more: readonly string[]): boolean {
  return value === 'runtime/default' || more.includes(value) || value.startsWith('localhost/');
}

/** AppArmor stays on. */
export const appArmorProfile: Check = (pod) => {
  const isBad = (profile: { type?: string } | undefined) => profile !== undefined && !isConfined(profile.type);
  const own = pod.spec.securityContext?.appArmorProfile;
  const bad = pod.containers.filter(({ securityContext }) => isBad(securityContext?.appArmorProfile));
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APP_ARMOR_PREFIX) && value !== '' && !isConfinedByAnnotation(value, []))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const who = [
    ...(isBad(own) ? ['pod'] : []),
    ...(bad.length > 0
      ? [
          namely(
            'container',
            bad.map(({ name = '' }) => name),
          ),
        ]
      : []),
    ...(annotations.length > 0 ? [annotations.length === 1 ? 'annotation' : 'annotations'] : []),
  ];
  if (who.length === 0) return undefined;
  const types = bad.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? '');
  const values = [...sorted([...(isBad(own) ? [own?.type ?? ''] : []), ...types]), ...annotations];
  const reason = values.length === 1 ? 'forbidden AppArmor profile' : 'forbidden AppArmor profiles';
  return { reason, detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}` };
};

/** Seccomp is not turned off. Before 1.19 annotations said so. */
export const seccompBaseline: Check = (pod, minor) => {
  return minor < 19 ? seccompAnnotations(pod) : badSeccomp(pod);
};

function seccompAnnotations({ metadata: { annotations = {} }, containers }: CheckedPod): Violation | undefined {
  const keys = [SECCOMP_POD, ...containers.map(({ name }) => `${SECCOMP_PREFIX}${name}`)];
  const bad = keys
    .filter(
      (key) => Object.hasOwn(annotations, key) && !isConfinedByAnnotation(annotations[key] ?? '', ['docker/default']),
    )
    .map((key) => `${key}=${JSON.stringify(annotations[key])}`);
  if (bad.length === 0) return undefined;
  const word = bad.length === 1 ? 'annotation' : 'annotations';
  return { reason: 'seccompProfile', detail: `forbidden ${word} ${sorted(bad).join(', ')}` };
}

function badSeccomp(pod: CheckedPod): Violation | undefined {
  const isBad = (profile: { type?: string } | undefined) => profile !== undefined && !isConfined(profile.type);
  const own = pod.spec.securityContext?.seccompProfile;
  const profileOf = ({ securityContext }: Container) => securityContext?.seccompProfile;
  const who = setters(
    isBad(own),
    namesOf(pod, (container) => isBad(profileOf(container))),
  );
  if (who === '') return undefined;
  const types = [own, ...pod.containers.map(profileOf)].filter(isBad).map((profile) => profile?.type ?? '');
  const detail = `${who} must not set securityContext.seccompProfile.type to ${quoted(sorted(types))}`;
  return { reason: 'seccompProfile', detail };
}

/** Seccomp is on. From 1.19 on, when it could be said. */
export const seccompRestricted: Check = (pod, minor) => {
  if (minor < 19 || isWindows(pod, minor)) return undefined;
  const bad = badSeccomp(pod);
  if (bad !== undefined || pod.spec.securityContext?.seccompProfile !== undefined) return bad;
  const silent = namesOf(pod, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  const must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: 'seccompProfile', detail: `pod or ${namely('container', silent)} ${must}` };
};

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

/** SELinux: types of containers only, and no user or role of one's own. */
export const seLinuxOptions: Check = (pod, minor) => {
  const allowed = minor >= 31 ? [...SELINUX_TYPES, 'container_engine_t'] : SELINUX_TYPES;
  type Options = { type?: string; user?: string; role?: string } | undefined;
  const isBad = (options: Options) =>
    options !== undefined &&
    (!allowed.includes(options.type ?? '') || (options.user ?? '') !== '' || (options.role ?? '') !== '');
  const own = pod.spec.securityContext?.seLinuxOptions;
  const who = setters(
    isBad(own),
    namesOf(pod, ({ securityContext }) => isBad(securityContext?.seLinuxOptions)),
  );
  if (who === '') return undefined;
  const all: Options[] = [own, ...pod.containers.map(({ securityContext }) => securityContext?.seLinuxOptions)];
  const types = sorted(all.map((options) => options?.type ?? '').filter((type) => !allowed.includes(type)));
  const what = [
    ...(types.length > 0 ? [namely('type', types)] : []),
    ...(all.some((options) => (options?.user ?? '') !== '') ? ['user may not be set'] : []),
    ...(all.some((options) => (options?.role ?? '') !== '') ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
  };
};

/** Settings of the kernel that concern nobody but the pod, and the version from which they are thought safe. */
const SYSCTLS: ReadonlyMap<string, number> = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
]);

/** No other settings of the kernel. */
export const sysctls: Check = ({ spec }, minor) => {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name = '' }) => name);
  const bad = names.filter((name) => (SYSCTLS.get(name) ?? Number.NaN) <= minor === false);
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
};
