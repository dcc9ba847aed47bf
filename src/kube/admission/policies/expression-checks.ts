import { invalidObject } from '#kube/api';
import type { AdmissionPlugin } from '../contract.ts';

const KINDS: ReadonlySet<string> = new Set([
  'validatingadmissionpolicies',
  'mutatingadmissionpolicies',
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
]);

/** Refuses webhook configurations and policies whose expressions are none: a 422 with the compiler's words. */
export const expressionChecks: AdmissionPlugin = {
  name: 'AdmissionExpressions',
  handles: ({ resource, operation, subresource }) =>
    resource.group === 'admissionregistration.k8s.io' &&
    subresource === '' &&
    (operation === 'CREATE' || operation === 'UPDATE') &&
    KINDS.has(resource.resource),
  async validate({ object, oldObject, kind, name }) {
    if (object === undefined || !JSON.stringify(object).includes('xpression"')) return;
    const { expressionErrors } = await import('../cel/mod.ts');
    const errors = expressionErrors(object, oldObject);
    if (errors.length > 0) throw invalidObject(kind, name, errors);
  },
};
