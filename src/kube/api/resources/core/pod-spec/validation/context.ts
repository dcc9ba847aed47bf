import type { Path } from '../../../../values/mod.ts';
import type { Container, PodSpec } from '../types.ts';
import type { Volume } from '../volume-types.ts';

/** What the checks of containers need to know of the pod around them. */
export interface PodContext {
  readonly spec: PodSpec;
  /** The sound volumes of the pod, by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Names that `resources.claims` may refer to. */
  readonly claimNames: ReadonlySet<string>;
  /** False for templates, which are allowed a little more. */
  readonly isPod: boolean;
}

/** Goes through all containers, in the order in which upstream complains of them. */
export function visitContainers(spec: PodSpec, path: Path, visit: (container: Container, at: Path) => void): void {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    spec[list]?.forEach((container: Container, i) => {
      visit(container, path.child(list).index(i));
    });
  }
}

/** A sidecar: an init container that stays. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}
