import type { KubeObject } from '#kube/api';
import type { Objects } from '#kube/auth';
import { defaultClass } from '../common/default-class.ts';
import { isAbout } from '../common/match.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionPlugin } from '../contract.ts';

const DEFAULT_ANNOTATIONS = ['ingressclass.kubernetes.io/is-default-class'];
/** How ingresses named their class before there was a field. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** DefaultIngressClass: ingresses that name no class get the default one, if there is one. */
export function defaultIngressClass(objects: Objects): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: (attributes) => attributes.operation === 'CREATE' && isAbout(attributes, 'networking.k8s.io', 'ingresses'),
    admit({ object }) {
      const ingress = object as (KubeObject & { spec?: { ingressClassName?: string } }) | undefined;
      if (ingress?.spec === undefined || ingress.spec.ingressClassName !== undefined) return;
      if (ingress.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
      const name = defaultClass(objects.list(READ_RESOURCES.ingressClasses), DEFAULT_ANNOTATIONS)?.metadata.name;
      if (name !== undefined) ingress.spec.ingressClassName = name;
    },
  };
}
