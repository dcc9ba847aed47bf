import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import { type FieldErrors, SPEC, validateLabelSelector } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { complaints } from '../strategies.ts';
import { selectorText } from '../template-columns.ts';
import { type NetworkPolicyRule, rangesOf, validateNetworkPolicyRules } from './network-policy-rules.ts';

interface NetworkPolicy extends KubeObject {
  spec: {
    podSelector?: LabelSelector;
    ingress?: NetworkPolicyRule[];
    egress?: NetworkPolicyRule[];
    policyTypes?: string[];
  };
}

const POLICY_TYPES = SPEC.child('policyTypes');
const TYPES = ['Egress', 'Ingress'];

function setDefaults(policy: NetworkPolicy): void {
  policy.spec ??= {};
  const { spec } = policy;
  spec.podSelector ??= {};
  for (const rules of [spec.ingress, spec.egress]) {
    for (const rule of rules ?? []) for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if ((spec.policyTypes?.length ?? 0) > 0) return;
  // Whoever says nothing of types means what policies were before there was egress.
  spec.policyTypes = (spec.egress?.length ?? 0) > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function validate({ spec }: NetworkPolicy, errors: FieldErrors, old?: NetworkPolicy): void {
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec;
  validateLabelSelector(podSelector, SPEC.child('podSelector'), errors);
  const known = rangesOf([...(old?.spec.ingress ?? []), ...(old?.spec.egress ?? [])]);
  validateNetworkPolicyRules(ingress, 'from', SPEC.child('ingress'), errors, known);
  validateNetworkPolicyRules(egress, 'to', SPEC.child('egress'), errors, known);
  if (policyTypes.length > 2) errors.invalid(POLICY_TYPES, policyTypes, 'may not specify more than two policyTypes');
  else
    policyTypes.forEach((type, i) => {
      if (!TYPES.includes(type)) errors.notSupported(POLICY_TYPES.index(i), type, TYPES);
    });
}

/** Which connections pods may have. */
export const networkPolicies: ResourceDefinition = {
  group: 'networking.k8s.io',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  kind: 'NetworkPolicy',
  shortNames: ['netpol'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
      {
        columns: [
          textColumn('Pod-Selector', 'The pods it is about.', (object) =>
            selectorText((object as NetworkPolicy).spec?.podSelector),
          ),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<NetworkPolicy>(
    { setDefaults },
    {
      hasGeneration: true,
      validate: (object) => complaints((errors) => validate(object as NetworkPolicy, errors)),
      validateUpdate: (object, old) =>
        complaints((errors) => validate(object as NetworkPolicy, errors, old as NetworkPolicy)),
    },
  ),
};
