import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, type Path, rangeMessage, SPEC } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { LABELS_AND_ANNOTATIONS, statusSubresource } from '../strategies.ts';
import { validateFlowConditions } from './conditions.ts';
import type { PriorityLevelConfiguration, PriorityLevelConfigurationSpec, QueuingConfiguration } from './types.ts';

const LIMITED = SPEC.child('limited');
const EXEMPT = SPEC.child('exempt');
const TYPES = ['Exempt', 'Limited'];
const RESPONSES = ['Queue', 'Reject'];
const MAX_QUEUES = 10_000_000;
/** Shuffling a hand out of the queues may take so many bits of a hash. */
const MAX_HASH_BITS = 60;

function setDefaults(level: PriorityLevelConfiguration): void {
  level.spec ??= {};
  const { spec } = level;
  if (spec.type === 'Exempt') {
    spec.exempt ??= {};
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (spec.limited === undefined) return;
  spec.limited.nominalConcurrencyShares ??= 30;
  spec.limited.lendablePercent ??= 0;
  const queuing = spec.limited.limitResponse?.queuing;
  if (queuing === undefined) return;
  queuing.handSize ||= 8;
  queuing.queues ||= 64;
  queuing.queueLengthLimit ||= 50;
}

function validate({ metadata, spec }: PriorityLevelConfiguration, errors: FieldErrors): void {
  const { type = '', limited, exempt } = spec;
  const mustBeExempt = metadata.name === 'exempt';
  if (mustBeExempt && type === 'Limited')
    errors.invalid(SPEC.child('type'), type, "must be 'Exempt' if the name is 'exempt'");
  if (!mustBeExempt && type === 'Exempt')
    errors.invalid(SPEC.child('type'), type, "must not be 'Exempt' if the name is not 'exempt'");
  if (type === 'Exempt') {
    if (limited !== undefined) errors.forbidden(LIMITED, 'must be nil if the type is not Limited');
    if (exempt === undefined) errors.required(EXEMPT, 'must not be empty when type is Exempt');
    else validateShares(exempt, EXEMPT, errors);
  } else if (type === 'Limited') {
    if (exempt !== undefined) errors.forbidden(EXEMPT, 'must be nil if the type is not Exempt');
    if (limited === undefined) errors.required(LIMITED, 'must not be empty when type is Limited');
    else validateLimited(limited, errors);
  } else errors.notSupported(SPEC.child('type'), type, TYPES);
}

function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent = 0 }: NonNullable<PriorityLevelConfigurationSpec['exempt']>,
  path: Path,
  errors: FieldErrors,
): void {
  if (shares < 0) errors.invalid(path.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer');
  if (lendablePercent < 0 || lendablePercent > 100)
    errors.invalid(path.child('lendablePercent'), lendablePercent, rangeMessage(0, 100));
}

function validateLimited(limited: NonNullable<PriorityLevelConfigurationSpec['limited']>, errors: FieldErrors): void {
  validateShares(limited, LIMITED, errors);
  const { borrowingLimitPercent, limitResponse = {} } = limited;
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const detail = 'if specified, must be a non-negative integer';
    errors.invalid(LIMITED.child('borrowingLimitPercent'), borrowingLimitPercent, detail);
  }
  const path = LIMITED.child('limitResponse');
  const { type = '', queuing } = limitResponse;
  if (type === 'Reject') {
    if (queuing !== undefined)
      errors.forbidden(path.child('queuing'), 'must be nil if limited.limitResponse.type is not Limited');
  } else if (type === 'Queue') {
    if (queuing === undefined)
      errors.required(path.child('queuing'), 'must not be empty if limited.limitResponse.type is Limited');
    else validateQueuing(queuing, path.child('queuing'), errors);
  } else errors.notSupported(path.child('type'), type, RESPONSES);
}

function validateQueuing(
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration,
  path: Path,
  errors: FieldErrors,
) {
  if (queueLengthLimit <= 0) errors.invalid(path.child('queueLengthLimit'), queueLengthLimit, 'must be positive');
  if (queues <= 0) errors.invalid(path.child('queues'), queues, 'must be positive');
  else if (queues > MAX_QUEUES) errors.invalid(path.child('queues'), queues, `must not be greater than ${MAX_QUEUES}`);
  const at = path.child('handSize');
  if (handSize <= 0) errors.invalid(at, handSize, 'must be positive');
  else if (handSize > queues) errors.invalid(at, handSize, `should not be greater than queues (${queues})`);
  else {
    const bits = hashBits(queues, handSize);
    if (bits > MAX_HASH_BITS) {
      const what = `required entropy bits of deckSize ${queues} and handSize ${handSize}`;
      const detail = `${what} should not be greater than ${MAX_HASH_BITS}`;
      errors.invalid(at, handSize, detail);
    }
  }
}

/** Bits that choosing a hand out of the queues takes. A hand that is too large is known before all of it is counted. */
function hashBits(queues: number, handSize: number): number {
  let choices = 1;
  for (let i = 0; i < handSize && choices <= 2 ** (MAX_HASH_BITS + 1); i++) choices *= queues - i;
  return Math.ceil(Math.log2(choices));
}

function queuingOf(object: KubeObject, field: keyof QueuingConfiguration): string | number {
  return (object as PriorityLevelConfiguration).spec?.limited?.limitResponse?.queuing?.[field] ?? '<none>';
}

/** How many requests are served at once, and how many wait. */
export const priorityLevels: ResourceDefinition = {
  group: 'flowcontrol.apiserver.k8s.io',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  kind: 'PriorityLevelConfiguration',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'PriorityLevelConfiguration' },
      {
        columns: [
          textColumn('Type', 'Limited, or not.', (object) => (object as PriorityLevelConfiguration).spec?.type ?? ''),
          textColumn(
            'NominalConcurrencyShares',
            'Its share of what is served at once.',
            (object) => (object as PriorityLevelConfiguration).spec?.limited?.nominalConcurrencyShares ?? '<none>',
          ),
          textColumn('Queues', 'How many queues it has.', (object) => queuingOf(object, 'queues')),
          textColumn('HandSize', 'How many of these one flow may use.', (object) => queuingOf(object, 'handSize')),
          textColumn('QueueLengthLimit', 'How long a queue may be.', (object) => queuingOf(object, 'queueLengthLimit')),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateFlowConditions, { keeps: LABELS_AND_ANNOTATIONS }) },
  strategy: kindStrategy<PriorityLevelConfiguration>({ newStatus: () => ({}), setDefaults, validate }),
};
