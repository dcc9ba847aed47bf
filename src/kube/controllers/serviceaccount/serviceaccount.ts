import { type GroupVersionResource, isStatusError, type KubeObject, type Shared } from '#kube/api';
import { keyOf } from '#kube/client';
import { Loop } from '../common/mod.ts';
import type { Controller } from '../contract.ts';

const NAMESPACES: GroupVersionResource = { group: '', version: 'v1', resource: 'namespaces' };
const SERVICE_ACCOUNTS: GroupVersionResource = { group: '', version: 'v1', resource: 'serviceaccounts' };
const DEFAULT = 'default';

/** Is the namespace in use, so that things may be made in it? */
export function isActiveNamespace(namespace: Shared<KubeObject> | undefined): boolean {
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
}

/** Sees to it that every namespace has the account `default`. */
export const serviceAccountController: Controller = {
  name: 'service-account-controller',
  start({ client, informers }) {
    const namespaces = informers.of(NAMESPACES);
    const accounts = informers.of(SERVICE_ACCOUNTS);
    const loop = new Loop({
      name: 'service-account-controller',
      reconcile: async (namespace) => {
        if (!isActiveNamespace(namespaces.get(namespace)) || accounts.get(`${namespace}/${DEFAULT}`)) return undefined;
        await orThere(
          client.create(SERVICE_ACCOUNTS, {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: { namespace, name: DEFAULT },
          }),
        );
        return undefined;
      },
    });
    const add = (namespace: Shared<KubeObject>) => loop.add(keyOf(namespace));
    loop.handle(namespaces, { onAdd: add, onUpdate: add });
    loop.handle(accounts, {
      onDelete: ({ metadata }) => {
        if (metadata.name === DEFAULT) loop.add(metadata.namespace ?? '');
      },
    });
    return loop.begin();
  },
};

/** Somebody was faster, or the namespace is on its way out: both are as they should be. */
export async function orThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (isStatusError(error, 'AlreadyExists') || isStatusError(error, 'NotFound')) return;
    if (isStatusError(error, 'Forbidden') && isBecauseTerminating(error.details?.causes)) return;
    throw error;
  }
}

function isBecauseTerminating(causes: readonly { readonly reason: string }[] = []): boolean {
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}
