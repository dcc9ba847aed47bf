import type { Path } from '../../../../values/mod.ts';
import type { PodAffinity, PodSpec } from '../types.ts';
import type { Volume } from '../volume-types.ts';

type Warn = (message: string) => void;

const NO_SELECTOR = 'a null labelSelector results in matching no pod';

/** Warns of what stands twice in a list, or is empty. */
export function warnOfRepeated({ hostAliases = [], imagePullSecrets = [] }: PodSpec, path: Path, warn: Warn): void {
  const addresses = new Set<string>();
  hostAliases.forEach(({ ip = '' }, i) => {
    if (addresses.has(ip))
      warn(`${path.child('hostAliases').index(i).child('ip')}: duplicate ip ${JSON.stringify(ip)}`);
    addresses.add(ip);
  });
  const names = new Set<string>();
  imagePullSecrets.forEach(({ name = '' }, i) => {
    const at = path.child('imagePullSecrets').index(i).child('name');
    if (names.has(name)) warn(`${at}: duplicate name ${JSON.stringify(name)}`);
    names.add(name);
  });
  imagePullSecrets.forEach(({ name = '' }, i) => {
    if (name === '') warn(`${path.child('imagePullSecrets').index(i).child('name')}: invalid empty name ""`);
  });
}

/** Warns of constraints that find no pod. */
export function warnOfSpread({ topologySpreadConstraints = [] }: PodSpec, path: Path, warn: Warn): void {
  topologySpreadConstraints.forEach(({ labelSelector }, i) => {
    if (labelSelector === undefined)
      warn(`${path.child('topologySpreadConstraints').index(i).child('labelSelector')}: ${NO_SELECTOR}`);
  });
}

/** Warns of terms that find no pod. */
export function warnOfAffinity({ affinity = {} }: PodSpec, path: Path, warn: Warn): void {
  for (const which of ['podAffinity', 'podAntiAffinity'] as const)
    warnOfTerms(affinity[which] ?? {}, path.child('affinity').child(which), warn);
}

function warnOfTerms(affinity: PodAffinity, path: Path, warn: Warn): void {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  affinity[required]?.forEach(({ labelSelector }, i) => {
    if (labelSelector === undefined) warn(`${path.child(required).index(i).child('labelSelector')}: ${NO_SELECTOR}`);
  });
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  affinity[preferred]?.forEach(({ podAffinityTerm }, i) => {
    const at = path.child(preferred).index(i).child('podAffinityTerm').child('labelSelector');
    if (podAffinityTerm?.labelSelector === undefined) warn(`${at}: ${NO_SELECTOR}`);
  });
}

/** Warns of projected files that stand where a token does. The paths are upstream's, which leave out where in the list. */
export function warnOfProjected(volumes: readonly Volume[], path: Path, warn: Warn): void {
  const tokens = new Set(
    volumes.flatMap(({ projected }) =>
      (projected?.sources ?? []).flatMap(({ serviceAccountToken }) => serviceAccountToken?.path ?? []),
    ),
  );
  if (tokens.size === 0) return;
  volumes.forEach(({ projected }, v) => {
    const at = path.child('volumes').index(v).child('projected').child('sources');
    const tell = (where: Path, file = '') => {
      if (tokens.has(file)) warn(`${where}: has duplicated path with ServiceAccountToken ${JSON.stringify(file)}`);
    };
    for (const { configMap, secret, downwardAPI, clusterTrustBundle } of projected?.sources ?? []) {
      for (const [i, item] of (configMap?.items ?? []).entries()) tell(at.child('configMap').index(i), item.path);
      for (const [i, item] of (secret?.items ?? []).entries()) tell(at.child('secrets').index(i), item.path);
      for (const item of downwardAPI?.items ?? []) tell(at.child('downwardAPI'), item.path);
      if (clusterTrustBundle !== undefined) tell(at.child('ClusterTrustBundle'), clusterTrustBundle.path);
    }
  });
}
