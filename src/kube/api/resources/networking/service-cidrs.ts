import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  type Condition,
  canonicalCidrErrors,
  cidrFamily,
  type FieldErrors,
  SPEC,
  STATUS,
  validateConditions,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { LABELS_AND_ANNOTATIONS, statusSubresource } from '../strategies.ts';

interface ServiceCidr extends KubeObject {
  spec: { cidrs?: string[] };
  status?: { conditions?: Condition[] };
}

const CIDRS = SPEC.child('cidrs');

const ONE_OF_EACH = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';

function validate({ spec }: ServiceCidr, errors: FieldErrors): void {
  const { cidrs = [] } = spec;
  const families = new Set(cidrs.map(cidrFamily));
  if (cidrs.length === 0) errors.required(CIDRS, 'at least one CIDR required');
  else if (cidrs.length > 2) errors.invalid(CIDRS, spec, 'may only hold up to 2 values');
  else if (cidrs.length === 2 && (families.size !== 2 || families.has(0))) errors.invalid(CIDRS, spec, ONE_OF_EACH);
  else
    cidrs.forEach((cidr, i) => {
      errors.invalidEach(CIDRS.index(i), cidr, canonicalCidrErrors(cidr));
    });
}

/** A range may get its other family later; what is there stays. */
function validateChange({ spec }: ServiceCidr, old: ServiceCidr, errors: FieldErrors): void {
  const [cidrs, before] = [spec.cidrs ?? [], old.spec.cidrs ?? []];
  if (cidrs.length < before.length || cidrs.length - before.length > 1)
    errors.invalid(CIDRS, cidrs, 'field is immutable');
  else
    before.forEach((cidr, i) => {
      if (cidrs[i] !== cidr) errors.invalid(CIDRS.index(i), cidrs[i], 'field is immutable');
    });
}

/** Where the addresses of services are taken from. */
export const serviceCidrs: ResourceDefinition = {
  group: 'networking.k8s.io',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  kind: 'ServiceCIDR',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'networking.k8s.io', version: 'v1', kind: 'ServiceCIDR' },
      {
        columns: [
          textColumn('CIDRs', 'The ranges.', (object) => ((object as ServiceCidr).spec?.cidrs ?? []).join(',')),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: {
    status: statusSubresource(
      (object, _old, errors) =>
        validateConditions((object as ServiceCidr).status?.conditions, STATUS.child('conditions'), errors),
      { keeps: LABELS_AND_ANNOTATIONS },
    ),
  },
  strategy: kindStrategy<ServiceCidr>(
    {
      newStatus: () => ({}),
      setDefaults: (range) => {
        range.spec ??= {};
      },
      validate,
      validateChange,
    },
    { hasGeneration: false },
  ),
};
