import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type HookContext, type ResourceDefinition } from '../../resource.ts';
import { dnsSubdomainErrors, type FieldErrors, Path, SPEC, STATUS } from '../../values/mod.ts';
import { AGE_COLUMN, firstFew, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { complaints, statusSubresource } from '../strategies.ts';
import { type IngressBackend, validateIngressBackend } from './ingress-backend.ts';
import { hasInvalidWildcards, type IngressRule, validateIngressHost, validateIngressRules } from './ingress-rules.ts';
import { formatLoadBalancer, type IngressLoadBalancer, validateLoadBalancer } from './load-balancer.ts';

interface Ingress extends KubeObject {
  spec: {
    ingressClassName?: string;
    defaultBackend?: IngressBackend;
    tls?: { hosts?: string[]; secretName?: string }[];
    rules?: IngressRule[];
  };
  status?: { loadBalancer?: IngressLoadBalancer };
}

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const MAX_HOSTS = 3;

function validate(ingress: Ingress, errors: FieldErrors, _context: HookContext, old?: Ingress): void {
  const { defaultBackend, rules = [], tls = [], ingressClassName } = ingress.spec;
  if (rules.length === 0 && defaultBackend === undefined)
    errors.invalid(SPEC, rules, 'either `defaultBackend` or `rules` must be specified');
  if (defaultBackend !== undefined) validateIngressBackend(defaultBackend, SPEC.child('defaultBackend'), errors);
  validateIngressRules(rules, SPEC.child('rules'), errors, hasInvalidWildcards(old?.spec.rules ?? []));
  validateTls(tls, errors, old?.spec.tls?.some(({ secretName }) => isNoSecretName(secretName)) === true);
  if (ingressClassName !== undefined)
    errors.invalidEach(SPEC.child('ingressClassName'), ingressClassName, dnsSubdomainErrors(ingressClassName));
}

function isNoSecretName(name = ''): boolean {
  return name !== '' && dnsSubdomainErrors(name).length > 0;
}

function validateTls(tls: NonNullable<Ingress['spec']['tls']>, errors: FieldErrors, anySecretName: boolean): void {
  tls.forEach(({ hosts = [], secretName = '' }, i) => {
    const at = SPEC.child('tls').index(i);
    hosts.forEach((host, n) => {
      validateIngressHost(host, at.child('hosts').index(n), errors);
    });
    if (secretName !== '' && !anySecretName)
      errors.invalidEach(at.child('secretName'), secretName, dnsSubdomainErrors(secretName));
  });
}

/** Old objects may say two classes; new ones may not. */
function validateClassAnnotation({ metadata, spec }: Ingress, errors: FieldErrors): void {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  const { ingressClassName = annotation } = spec;
  if (annotation !== ingressClassName && annotation !== undefined) {
    const path = new Path('annotations').child(CLASS_ANNOTATION);
    errors.invalid(path, annotation, 'must match `ingressClassName` when both are specified');
  }
}

function asIngress(object: KubeObject): Ingress {
  return object as Ingress;
}

function className(object: KubeObject): string {
  return asIngress(object).spec?.ingressClassName ?? '<none>';
}

function hosts(object: KubeObject): string {
  const names = (asIngress(object).spec?.rules ?? []).map(({ host = '' }) => host).filter((host) => host !== '');
  return firstFew(names, MAX_HOSTS, '*');
}

const strategy = kindStrategy<Ingress>({
  newStatus: () => ({ loadBalancer: {} }),
  setDefaults: (ingress) => {
    ingress.spec ??= {};
  },
  validate,
});

/** Which HTTP requests from outside go to which services. */
export const ingresses: ResourceDefinition = {
  group: 'networking.k8s.io',
  plural: 'ingresses',
  singular: 'ingress',
  kind: 'Ingress',
  shortNames: ['ing'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
      {
        columns: [
          textColumn('Class', 'Who carries it out.', className),
          textColumn('Hosts', 'Names that requests are for.', hosts),
          textColumn('Address', 'Where it can be reached.', (object) =>
            formatLoadBalancer(asIngress(object).status?.loadBalancer),
          ),
          textColumn('Ports', 'Ports that are open.', (object) =>
            (asIngress(object).spec?.tls?.length ?? 0) > 0 ? '80, 443' : '80',
          ),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  storagePrefix: 'ingress',
  subresources: {
    status: statusSubresource((object, old, errors) => {
      const before = asIngress(old).status?.loadBalancer ?? {};
      validateLoadBalancer(asIngress(object).status?.loadBalancer ?? {}, before, STATUS.child('loadBalancer'), errors);
    }),
  },
  strategy: {
    ...strategy,
    validate: (object, context) =>
      complaints((errors) => {
        if (object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined)
          context.warn(`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`);
        validate(asIngress(object), errors, context);
        validateClassAnnotation(asIngress(object), errors);
      }),
  },
};
