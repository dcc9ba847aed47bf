import type { Volume } from '#kube/api/resources';
import {
  type Check,
  type CheckedPod,
  isRootHarmless,
  isWindows,
  namely,
  namesOf,
  quoted,
  setters,
  sorted,
  type Violation,
} from './check.ts';

/** No privileged containers. */
export const privileged: Check = (pod) => {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${namely('container', names)} must not set securityContext.privileged=true` };
};

/** What container runtimes give by default. */
const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const ONE_CAPABILITY: ReadonlySet<string> = new Set(['NET_BIND_SERVICE']);

/** No capabilities beyond the default ones. */
export const capabilitiesBaseline: Check = (pod) => {
  const detail = addedCapabilities(pod, DEFAULT_CAPABILITIES);
  return detail === undefined ? undefined : { reason: 'non-default capabilities', detail };
};

/** All capabilities are dropped, and one may be added. From 1.22 on. */
export const capabilitiesRestricted: Check = (pod, minor) => {
  if (minor < 22) return capabilitiesBaseline(pod, minor);
  if (isWindows(pod, minor)) return undefined;
  const keeping = namesOf(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const added = addedCapabilities(pod, ONE_CAPABILITY);
  const details = [
    ...(keeping.length > 0
      ? [`${namely('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(added === undefined ? [] : [added]),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

function addedCapabilities(pod: CheckedPod, allowed: ReadonlySet<string>): string | undefined {
  const added = (add: readonly string[] = []) => add.filter((capability) => !allowed.has(capability));
  const names = namesOf(pod, ({ securityContext }) => added(securityContext?.capabilities?.add).length > 0);
  if (names.length === 0) return undefined;
  const all = sorted(pod.containers.flatMap(({ securityContext }) => added(securityContext?.capabilities?.add)));
  return `${namely('container', names)} must not include ${quoted(all)} in securityContext.capabilities.add`;
}

/** What of /proc is hidden stays hidden, except where the pod's root is harmless. */
export const procMountBaseline: Check = (pod, minor) => (isRootHarmless(pod, minor) ? undefined : procMount(pod));

/** What of /proc is hidden stays hidden. */
export const procMountRestricted: Check = (pod) => procMount(pod);

function procMount(pod: CheckedPod): Violation | undefined {
  const isBad = (type: string | undefined): type is string => type !== undefined && type !== 'Default';
  const names = namesOf(pod, ({ securityContext }) => isBad(securityContext?.procMount));
  if (names.length === 0) return undefined;
  const types = sorted(pod.containers.map(({ securityContext }) => securityContext?.procMount).filter(isBad));
  const detail = `${namely('container', names)} must not set securityContext.procMount to ${quoted(types)}`;
  return { reason: 'procMount', detail };
}

/** Nobody gets more rights than it started with. From 1.8 on. */
export const allowPrivilegeEscalation: Check = (pod, minor) => {
  if (minor < 8 || isWindows(pod, minor)) return undefined;
  const names = namesOf(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${namely('container', names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

/** Nobody is root. */
export const runAsNonRoot: Check = (pod, minor) => {
  if (isRootHarmless(pod, minor)) return undefined;
  const own = pod.spec.securityContext?.runAsNonRoot;
  const reason = 'runAsNonRoot != true';
  const who = setters(
    own === false,
    namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false),
  );
  if (who !== '') return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  if (own === true) return undefined;
  const silent = namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${namely('container', silent)} must set securityContext.runAsNonRoot=true` };
};

/** Nobody asks to be root. From 1.23 on. */
export const runAsUser: Check = (pod, minor) => {
  if (minor < 23 || isRootHarmless(pod, minor)) return undefined;
  const isRoot = pod.spec.securityContext?.runAsUser === 0;
  const who = setters(
    isRoot,
    namesOf(pod, ({ securityContext }) => securityContext?.runAsUser === 0),
  );
  return who === '' ? undefined : { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
};

const FREE_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const;

/** Volumes of the API's own objects, and what goes through a claim. */
export const restrictedVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => !FREE_VOLUMES.some((type) => volume[type] !== undefined));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(typeOf));
  const word = types.length === 1 ? 'restricted volume type' : 'restricted volume types';
  const names = namely(
    'volume',
    bad.map(({ name = '' }) => name),
  );
  return {
    reason: 'restricted volume types',
    detail: `${names} ${bad.length === 1 ? 'uses' : 'use'} ${word} ${quoted(types)}`,
  };
};

function typeOf(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
}
