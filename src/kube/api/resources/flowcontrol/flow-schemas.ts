import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { dnsSubdomainErrors, type FieldErrors, SPEC } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { LABELS_AND_ANNOTATIONS, statusSubresource } from '../strategies.ts';
import { validateFlowConditions } from './conditions.ts';
import { validateFlowRules } from './flow-rules.ts';
import type { FlowSchema } from './types.ts';

const PRECEDENCE = SPEC.child('matchingPrecedence');
const DEFAULT_PRECEDENCE = 1000;
const MAX_PRECEDENCE = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];
const EXEMPT = 'exempt';

function validate({ metadata, spec }: FlowSchema, errors: FieldErrors): void {
  const { matchingPrecedence: precedence = 0, distinguisherMethod, priorityLevelConfiguration = {} } = spec;
  if (precedence <= 0) errors.invalid(PRECEDENCE, precedence, 'must be a positive value');
  if (precedence > MAX_PRECEDENCE) errors.invalid(PRECEDENCE, precedence, `must not be greater than ${MAX_PRECEDENCE}`);
  if (precedence === 1 && metadata.name !== EXEMPT)
    errors.invalid(PRECEDENCE, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  const { type = '' } = distinguisherMethod ?? {};
  if (distinguisherMethod !== undefined && !METHODS.includes(type))
    errors.notSupported(SPEC.child('distinguisherMethod').child('type'), distinguisherMethod, METHODS);
  const { name = '' } = priorityLevelConfiguration;
  const at = SPEC.child('priorityLevelConfiguration').child('name');
  if (name === '') errors.required(at, 'must reference a priority level');
  else errors.invalidEach(at, name, dnsSubdomainErrors(name));
  validateFlowRules(spec.rules ?? [], SPEC.child('rules'), errors);
}

function asSchema(object: KubeObject): FlowSchema {
  return object as FlowSchema;
}

function missing(object: KubeObject): string {
  const dangling = (asSchema(object).status?.conditions ?? []).find(({ type }) => type === 'Dangling');
  return dangling?.status ?? '?';
}

/** The order in which they are asked. */
function byPrecedence(a: KubeObject, b: KubeObject): number {
  const precedence = (object: KubeObject) => asSchema(object).spec?.matchingPrecedence ?? 0;
  const names = (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
  return precedence(a) - precedence(b) || names;
}

/** Which requests go to which priority level. */
export const flowSchemas: ResourceDefinition = {
  group: 'flowcontrol.apiserver.k8s.io',
  plural: 'flowschemas',
  singular: 'flowschema',
  kind: 'FlowSchema',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'FlowSchema' },
      {
        columns: [
          textColumn(
            'PriorityLevel',
            'Where its requests go.',
            (object) => asSchema(object).spec?.priorityLevelConfiguration?.name ?? '',
          ),
          textColumn(
            'MatchingPrecedence',
            'The lower, the earlier it is asked.',
            (object) => asSchema(object).spec?.matchingPrecedence ?? 0,
          ),
          textColumn(
            'DistinguisherMethod',
            'What tells its flows apart.',
            (object) => asSchema(object).spec?.distinguisherMethod?.type ?? '<none>',
          ),
          AGE_COLUMN,
          textColumn('MissingPL', 'Is there no such priority level?', missing),
        ],
        rowOrder: byPrecedence,
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateFlowConditions, { keeps: LABELS_AND_ANNOTATIONS }) },
  strategy: kindStrategy<FlowSchema>({
    newStatus: () => ({}),
    setDefaults: (schema) => {
      schema.spec ??= {};
      schema.spec.matchingPrecedence ||= DEFAULT_PRECEDENCE;
    },
    validate,
  }),
};
