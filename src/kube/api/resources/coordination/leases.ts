import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, SPEC, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    leaseTransitions?: number;
    strategy?: string;
    preferredHolder?: string;
  };
}

const STRATEGIES = ['OldestEmulationVersion'];

function validate({ spec = {} }: Lease, errors: FieldErrors): void {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec;
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0)
    errors.invalid(SPEC.child('leaseDurationSeconds'), leaseDurationSeconds, 'must be greater than 0');
  validateNonnegative(leaseTransitions, SPEC.child('leaseTransitions'), errors);
  if (strategy !== undefined && !strategy.includes('/') && !STRATEGIES.includes(strategy))
    errors.notSupported(SPEC.child('strategy'), strategy, STRATEGIES);
  if ((preferredHolder ?? '') !== '' && (strategy ?? '') === '')
    errors.forbidden(SPEC.child('preferredHolder'), 'may only be specified if `strategy` is defined');
}

/** Who is in charge, and until when. */
export const leases: ResourceDefinition = {
  group: 'coordination.k8s.io',
  plural: 'leases',
  singular: 'lease',
  kind: 'Lease',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' },
      {
        columns: [
          textColumn('Holder', 'Who holds it.', (object) => (object as Lease).spec?.holderIdentity ?? ''),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<Lease>(
    {
      setDefaults: (lease) => {
        lease.spec ??= {};
      },
      validate,
    },
    { allowCreateOnUpdate: true, allowUnconditionalUpdate: false },
  ),
};
