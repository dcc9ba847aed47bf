import type { GroupVersionResource, KubeObject, Shared } from '#kube/api';
import { Informer, keyOf } from '#kube/client';
import { Loop } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { isActiveNamespace, NAMESPACES, orThere } from '../namespace/mod.ts';

const CONFIG_MAPS: GroupVersionResource = { group: '', version: 'v1', resource: 'configmaps' };
const NAME = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

/** What to write of a namespace's config map; undefined: it is as it should be. */
export function planRootCa(
  namespace: string,
  live: Shared<ConfigMap> | undefined,
  cert: string,
): ConfigMap | undefined {
  const data = live?.data ?? {};
  const described = live?.metadata.annotations?.['kubernetes.io/description'] !== undefined;
  if (described && Object.keys(data).length === 1 && data['ca.crt'] === cert) return undefined;
  const metadata = (
    live === undefined ? { namespace, name: NAME } : structuredClone(live.metadata)
  ) as ConfigMap['metadata'];
  metadata.annotations = { ...metadata.annotations, 'kubernetes.io/description': DESCRIPTION };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': cert } };
}

/** Puts the certificate by which pods trust the API server into every namespace. */
export const rootCaPublisher: Controller = {
  name: 'root-ca-cert-publisher',
  start({ client, informers, cluster }) {
    const { cert } = cluster.clusterCa;
    const namespaces = informers.of(NAMESPACES);
    // Config maps are many and large: only these are held.
    const configMaps = new Informer<ConfigMap>(client, {
      resource: CONFIG_MAPS,
      fieldSelector: `metadata.name=${NAME}`,
    }).start();
    const loop = new Loop({
      name: 'root-ca-cert-publisher',
      reconcile: async (namespace) => {
        if (!isActiveNamespace(namespaces.get(namespace))) return undefined;
        const live = configMaps.get(`${namespace}/${NAME}`);
        const wanted = planRootCa(namespace, live, cert);
        if (wanted === undefined) return undefined;
        if (live === undefined) await orThere(client.create(CONFIG_MAPS, wanted));
        else await client.update(CONFIG_MAPS, wanted);
        return undefined;
      },
    });
    const add = (namespace: Shared<KubeObject>) => loop.add(keyOf(namespace));
    const addNamespace = ({ metadata }: Shared<KubeObject>) => loop.add(metadata.namespace ?? '');
    loop.handle(namespaces, { onAdd: add, onUpdate: add });
    loop.handle(configMaps, { onUpdate: addNamespace, onDelete: addNamespace });
    loop.begin();
    return {
      async [Symbol.asyncDispose]() {
        await loop[Symbol.asyncDispose]();
        await configMaps[Symbol.asyncDispose]();
      },
    };
  },
};
