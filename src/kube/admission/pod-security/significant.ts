import type { Shared } from '#kube/api';
import type { Container, Pod } from '#kube/api/resources';

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

type Containers = readonly Shared<Container>[];

/** Does an update of a pod change anything that profiles are about? Only images, seccomp annotations and debug containers can. */
export function isSignificantUpdate(pod: Shared<Pod>, old: Shared<Pod>): boolean {
  if (annotation(pod, SECCOMP_POD) !== annotation(old, SECCOMP_POD)) return true;
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec;
  return (
    differ(containers, old.spec.containers ?? [], pod, old) ||
    differ(initContainers, old.spec.initContainers ?? [], pod, old) ||
    ephemeralContainers.some((container) => {
      const before = old.spec.ephemeralContainers?.find(({ name }) => name === container.name);
      return before === undefined || isSignificant(container, before, pod, old);
    })
  );
}

function differ(now: Containers, before: Containers, pod: Shared<Pod>, old: Shared<Pod>): boolean {
  return (
    now.length !== before.length || now.some((one, i) => isSignificant(one, before[i] as Shared<Container>, pod, old))
  );
}

function isSignificant(now: Shared<Container>, before: Shared<Container>, pod: Shared<Pod>, old: Shared<Pod>): boolean {
  if (now.image !== before.image) return true;
  const key = `${SECCOMP_PREFIX}${now.name}`;
  return annotation(pod, key) !== annotation(old, key);
}

function annotation({ metadata: { annotations } }: Shared<Pod>, key: string): string | undefined {
  return annotations !== undefined && Object.hasOwn(annotations, key) ? annotations[key] : undefined;
}
