import type { ObjectMeta, Shared } from '#kube/api';
import type { Container, PodSpec } from '#kube/api/resources';

/** A pod, or what a workload makes pods of. */
export interface CheckedPod {
  readonly metadata: Shared<ObjectMeta>;
  readonly spec: PodSpec;
  /** Init containers, containers, ephemeral containers. */
  readonly containers: readonly Container[];
}

/** Why a pod is not of a profile: `hostPort (container "a" uses hostPort 80)`. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One rule of a profile, as of a minor version; undefined: the pod keeps it. */
export type Check = (pod: CheckedPod, minor: number) => Violation | undefined;

/** `"a", "b"`. */
export function quoted(texts: Iterable<string>): string {
  return [...texts].map((text) => JSON.stringify(text)).join(', ');
}

/** `container "a"`, `containers "a", "b"`. */
export function namely(word: string, names: readonly string[]): string {
  return `${names.length === 1 ? word : `${word}s`} ${quoted(names)}`;
}

/** In order, each once. */
export function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort();
}

/** The names of the containers for which something holds. */
export function namesOf({ containers }: CheckedPod, holds: (container: Container) => boolean): string[] {
  return containers.filter(holds).map(({ name = '' }) => name);
}

/** `pod and container "a"`: who set something, the pod as a whole or containers; '' for nobody. */
export function setters(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [namely('container', containers)] : [])].join(' and ');
}

/** Root in such a pod is nobody on the node: from 1.35 on it may be root. */
export function isRootHarmless({ spec }: CheckedPod, minor: number): boolean {
  return spec.hostUsers === false && minor >= 35;
}

/** Linux's rules do not concern Windows, from 1.25 on. */
export function isWindows({ spec }: CheckedPod, minor: number): boolean {
  return spec.os?.name === 'windows' && minor >= 25;
}
