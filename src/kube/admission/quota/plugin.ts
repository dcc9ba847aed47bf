import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import { quotaEvaluator } from './evaluator.ts';
import { QuotaLedger } from './ledger.ts';

/** ResourceQuota: a namespace does not get more than its quotas say. What is deleted the controller gives back. */
export function resourceQuotaPlugin(objects: Objects, client: Client): AdmissionPlugin {
  const ledger = new QuotaLedger(objects, client);
  return {
    name: 'ResourceQuota',
    handles: (attributes) =>
      attributes.namespace !== '' &&
      isCharged(attributes) &&
      attributes.resource.resource !== 'namespaces' &&
      objects.list(READ_RESOURCES.resourceQuotas, attributes.namespace).length > 0,
    validate(attributes) {
      const evaluator = quotaEvaluator(attributes.resource);
      if (evaluator?.handles(attributes) !== true) return;
      return ledger.charge(attributes, evaluator);
    },
  };
}

/** Writes of objects themselves; of subresources only the one that changes what a pod asks for. */
function isCharged({ operation, subresource, resource }: AdmissionAttributes): boolean {
  if (operation === 'CREATE') return subresource === '';
  if (operation !== 'UPDATE') return false;
  return subresource === '' || (subresource === 'resize' && resource.resource === 'pods');
}
