import type { GroupVersionResource, KubeObject, Shared } from '#kube/api';
import { keyOf } from '#kube/client';
import { Loop } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { isActiveNamespace, NAMESPACES, orThere } from '../namespace/mod.ts';

const SERVICE_ACCOUNTS: GroupVersionResource = { group: '', version: 'v1', resource: 'serviceaccounts' };
const DEFAULT = 'default';

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
