import type { KubeObject } from '#kube/api';
import type { Pod, Toleration } from '#kube/api/resources';
import { isAbout } from '../common/match.ts';
import type { AdmissionPlugin } from '../contract.ts';

/** Pods stay so long on a node that is away, unless they say otherwise. */
const DEFAULT_SECONDS = 300;
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** DefaultTolerationSeconds: pods bear for five minutes that their node is away. */
export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (attributes) =>
    (attributes.operation === 'CREATE' || attributes.operation === 'UPDATE') &&
    isAbout(attributes, '', 'pods') &&
    // A pod that has them, as most that are updated do, costs no copy for the comparison afterwards.
    KEYS.some((key) => isMissing(attributes.object, key)),
  admit({ object }) {
    for (const key of KEYS) {
      if (!isMissing(object, key)) continue;
      const { spec } = object as Pod;
      spec.tolerations ??= [];
      spec.tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: DEFAULT_SECONDS });
    }
  },
};

function isMissing(object: KubeObject | undefined, key: string): boolean {
  const spec = (object as Pod | undefined)?.spec;
  return spec !== undefined && !spec.tolerations?.some((toleration) => concerns(toleration, key));
}

function concerns({ key = '', effect = '' }: Toleration, wanted: string): boolean {
  return (key === wanted || key === '') && (effect === 'NoExecute' || effect === '');
}
