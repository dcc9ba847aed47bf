import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  dnsLabelErrors,
  type FieldErrors,
  type Path,
  pathSegmentErrors,
  SPEC,
  validateImmutable,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { domainPathErrors } from '../domain-path.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';

interface IngressClass extends KubeObject {
  spec: { controller?: string; parameters?: Parameters };
}

interface Parameters {
  apiGroup?: string;
  kind?: string;
  name?: string;
  scope?: string;
  namespace?: string;
}

const MAX_CONTROLLER_LENGTH = 250;
const CONTROLLER = SPEC.child('controller');
const SCOPES = ['Cluster', 'Namespace'];

function validate({ spec }: IngressClass, errors: FieldErrors): void {
  const { controller = '', parameters } = spec;
  if (controller.length > MAX_CONTROLLER_LENGTH) errors.tooLong(CONTROLLER, MAX_CONTROLLER_LENGTH);
  if (controller === '') errors.required(CONTROLLER);
  else errors.invalidEach(CONTROLLER, controller, domainPathErrors(controller));
  if (parameters !== undefined) validateParameters(parameters, SPEC.child('parameters'), errors);
}

function validateParameters(parameters: Parameters, path: Path, errors: FieldErrors): void {
  const { kind = '', name = '', scope, namespace } = parameters;
  if (kind === '') errors.required(path.child('kind'));
  else errors.invalidEach(path.child('kind'), kind, pathSegmentErrors(kind));
  if (name === '') errors.required(path.child('name'));
  else errors.invalidEach(path.child('name'), name, pathSegmentErrors(name));
  const at = path.child('namespace');
  if (scope === undefined) errors.required(path.child('scope'));
  else if (!SCOPES.includes(scope)) errors.notSupported(path.child('scope'), scope, SCOPES);
  else if (scope === 'Namespace') {
    if (namespace === undefined) errors.required(at, "`parameters.scope` is set to 'Namespace'");
    else errors.invalidEach(at, namespace, dnsLabelErrors(namespace));
  } else if (namespace !== undefined) errors.forbidden(at, "`parameters.scope` is set to 'Cluster'");
}

function parameters(object: KubeObject): string {
  const { apiGroup = '', kind = '', name = '' } = (object as IngressClass).spec?.parameters ?? {};
  if (kind === '') return '<none>';
  return apiGroup === '' ? `${kind}/${name}` : `${kind}.${apiGroup}/${name}`;
}

/** Who carries ingresses out. */
export const ingressClasses: ResourceDefinition = {
  group: 'networking.k8s.io',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  kind: 'IngressClass',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass' },
      {
        columns: [
          textColumn('Controller', 'Who it is.', (object) => (object as IngressClass).spec?.controller ?? ''),
          textColumn('Parameters', 'Where more is said for it.', parameters),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<IngressClass>(
    {
      setDefaults: (ingressClass) => {
        ingressClass.spec ??= {};
        const { parameters } = ingressClass.spec;
        if (parameters !== undefined) parameters.scope ??= 'Cluster';
      },
      validate,
      validateChange: ({ spec }, old, errors) =>
        validateImmutable(spec.controller, old.spec.controller, CONTROLLER, errors),
    },
    { hasGeneration: true },
  ),
};
