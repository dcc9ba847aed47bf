import { log } from '#base';
import type { AdmissionAttributes, AdmissionPlugin } from '#kube/admission';
import { isStatusError } from '#kube/api';
import type { Client } from '#kube/client';
import { CLEANUP_FINALIZER, CRDS } from './host.ts';

/**
 * Comes before every write of a CRD: has the code loaded that its validation needs, and on the first delete gives it the finalizer that
 * holds it until its objects are gone.
 */
export function crdAdmission(client: Client, load: () => Promise<unknown>): AdmissionPlugin {
  return {
    name: 'CustomResourceDefinitions',
    handles: ({ resource, subresource }) =>
      resource.group === CRDS.group && resource.resource === CRDS.resource && subresource === '',
    admit: async (attributes) => {
      if (attributes.operation === 'DELETE') await hold(client, attributes);
      else await load();
    },
  };
}

async function hold(client: Client, { oldObject, dryRun }: AdmissionAttributes): Promise<void> {
  const { name = '', deletionTimestamp, finalizers = [], resourceVersion } = oldObject?.metadata ?? {};
  if (dryRun || deletionTimestamp !== undefined || finalizers.includes(CLEANUP_FINALIZER)) return;
  const metadata = { finalizers: [...finalizers, CLEANUP_FINALIZER], ...(resourceVersion ? { resourceVersion } : {}) };
  try {
    await client.patch(CRDS, { name }, { type: 'merge', body: { metadata } });
  } catch (error) {
    // Somebody else wrote: the delete meets the same conflict, and asks again.
    if (!isStatusError(error, 'Conflict') && !isStatusError(error, 'NotFound')) {
      log.error('a CRD is deleted without its objects', { crd: name, error });
    }
  }
}
