import { dnsLabelErrors, isWholeQuantity, type Path, parseQuantity, type ResourceList } from '../../../values/mod.ts';
import { CONTAINER_LISTS } from './apparmor.ts';
import type { Container, EnvVar, NodeSelectorTerm, PodSpec } from './types.ts';
import type { Volume } from './volume-types.ts';
import { warnOfAffinity, warnOfProjected, warnOfRepeated, warnOfSpread } from './warnings/lists.ts';
import { warnOfPorts } from './warnings/ports.ts';

type Warn = (message: string) => void;

const OLD_LABELS = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
]);

const OLD_VOLUMES: readonly (readonly [keyof Volume, string])[] = [
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** Warns of a pod's name that makes no good host name. */
export function warnOfPodName(name: string, path: Path, warn: Warn): void {
  const problems = dnsLabelErrors(name);
  if (problems.length === 0) return;
  const what = "this is used in the Pod's hostname, which can result in surprising behavior";
  warn(`${path}: ${what}; a DNS label is recommended: [${problems.join(' ')}]`);
}

/** Warns of what is allowed in a pod's specification, and rarely what was meant. For pods, and for templates of them. */
export function warnOfPodSpec(spec: PodSpec, path: Path, warn: Warn): void {
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const detail = 'must be >= 0; negative values are invalid and will be treated as 1';
    warn(`${path.child('terminationGracePeriodSeconds')}: ${detail}`);
  }
  warnOfLabels(spec, path, warn);
  warnOfSpread(spec, path, warn);
  spec.volumes?.forEach((volume, i) => {
    for (const [field, detail] of OLD_VOLUMES)
      if (volume[field] !== undefined) warn(`${path.child('volumes').index(i).child(field)}: ${detail}`);
  });
  warnOfProjected(spec.volumes ?? [], path, warn);
  warnOfRepeated(spec, path, warn);
  warnOfFractions(spec.overhead, path.child('overhead'), warn);
  warnOfPorts(spec, path, warn);
  for (const list of CONTAINER_LISTS)
    spec[list]?.forEach((container, i) => {
      warnOfContainer(container, path.child(list).index(i), warn);
    });
  warnOfAffinity(spec, path, warn);
}

function warnOfLabels(
  { nodeSelector, affinity, topologySpreadConstraints = [] }: PodSpec,
  path: Path,
  warn: Warn,
): void {
  for (const key of Object.keys(nodeSelector ?? {})) warnOfLabel(key, path.child('nodeSelector').key(key), warn);
  topologySpreadConstraints.forEach(({ topologyKey = '' }, i) => {
    const at = path.child('topologySpreadConstraints').index(i).child('topologyKey');
    if (OLD_LABELS.has(topologyKey)) warn(`${at}: ${topologyKey} is ${OLD_LABELS.get(topologyKey)}`);
  });
  const { nodeAffinity } = affinity ?? {};
  if (nodeAffinity === undefined) return;
  const at = path.child('affinity').child('nodeAffinity');
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  nodeAffinity[required]?.nodeSelectorTerms?.forEach((term, i) => {
    warnOfTerm(term, at.child(required).child('nodeSelectorTerms').index(i), warn);
  });
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  nodeAffinity[preferred]?.forEach(({ preference = {} }, i) => {
    warnOfTerm(preference, at.child(preferred).index(i).child('preference'), warn);
  });
}

function warnOfTerm({ matchExpressions = [] }: NodeSelectorTerm, path: Path, warn: Warn): void {
  matchExpressions.forEach(({ key = '' }, i) => {
    warnOfLabel(key, path.child('matchExpressions').index(i).child('key'), warn);
  });
}

function warnOfLabel(key: string, path: Path, warn: Warn): void {
  const detail = OLD_LABELS.get(key);
  if (detail !== undefined) warn(`${path}: ${detail}`);
}

function warnOfContainer({ env, resources }: Container, path: Path, warn: Warn): void {
  if (env !== undefined && env.length > 1) warnOfHidden(env, path.child('env'), warn);
  if (resources === undefined) return;
  warnOfFractions(resources.limits, path.child('resources').child('limits'), warn);
  warnOfFractions(resources.requests, path.child('resources').child('requests'), warn);
}

/** A variable may build on the one it replaces; else the first is lost, and `apply` may drop it. */
function warnOfHidden(env: readonly EnvVar[], path: Path, warn: Warn): void {
  const seen = new Set<string>();
  env.forEach(({ name = '', value = '', valueFrom }, i) => {
    const reference = `$(${name})`;
    const isBuiltOn = valueFrom === undefined && value !== reference && value.includes(reference);
    if (seen.has(name) && !isBuiltOn) {
      const what = `hides previous definition of ${JSON.stringify(name)}`;
      warn(`${path.index(i)}: ${what}, which may be dropped when using apply`);
    }
    seen.add(name);
  });
}

/** Memory and disk come in whole bytes. */
function warnOfFractions(list: ResourceList | undefined, path: Path, warn: Warn): void {
  for (const name of ['memory', 'ephemeral-storage']) {
    const text = list?.[name];
    if (text === undefined) continue;
    const amount = parseQuantity(text);
    if (amount !== undefined && !isWholeQuantity(amount))
      warn(`${path.key(name)}: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`);
  }
}
