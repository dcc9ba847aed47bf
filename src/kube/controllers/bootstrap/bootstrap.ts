import { ignoring, type KubeObject, type Shared } from '#kube/api';
import { type Client, Informer, keyOf, splitKey } from '#kube/client';
import { Loop } from '../common/mod.ts';
import type { Controller, RunningController } from '../contract.ts';
import {
  type ConfigMap,
  expiresInMs,
  planSignatures,
  SECRETS,
  signingTokens,
  TOKEN_TYPE,
  type TokenSecret,
} from './tokens.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' };

/** The secrets of bootstrap tokens, and nothing else of kube-system. */
function tokenInformer(client: Client): Informer<TokenSecret> {
  return new Informer<TokenSecret>(client, {
    resource: SECRETS,
    namespace: 'kube-system',
    fieldSelector: `type=${TOKEN_TYPE}`,
  }).start();
}

/** Removes bootstrap tokens when their time is over. */
export const tokenCleaner: Controller = {
  name: 'token-cleaner',
  start({ client, nowMs }) {
    const secrets = tokenInformer(client);
    const loop = new Loop({
      name: 'tokencleaner',
      reconcile: async (key) => {
        const secret = secrets.get(key);
        const leftMs = secret === undefined ? undefined : expiresInMs(secret, nowMs());
        if (secret === undefined || leftMs === undefined) return undefined;
        if (leftMs > 0) return { requeueAfterMs: leftMs };
        const { uid } = secret.metadata;
        await ignoring(
          client.delete(SECRETS, splitKey(key), uid === undefined ? {} : { preconditions: { uid } }),
          'NotFound',
        );
        return undefined;
      },
    });
    loop.owns(secrets);
    return running(loop.begin(), secrets);
  },
};

/** Signs the public information of the cluster with every bootstrap token that is for that. */
export const bootstrapSigner: Controller = {
  name: 'bootstrap-signer',
  start({ client, nowMs }) {
    const secrets = tokenInformer(client);
    const configMaps = new Informer<ConfigMap>(client, {
      resource: CONFIG_MAPS,
      namespace: CLUSTER_INFO.namespace,
      fieldSelector: `metadata.name=${CLUSTER_INFO.name}`,
    }).start();
    const key = keyOf({ metadata: CLUSTER_INFO });
    const loop = new Loop({
      name: 'bootstrapsigner',
      workers: 1,
      reconcile: async () => {
        const info = configMaps.get(key);
        const changes = planSignatures(info?.data, signingTokens(secrets.list(), nowMs()));
        if (info === undefined || changes === undefined) return undefined;
        const body = { metadata: { resourceVersion: info.metadata.resourceVersion }, data: changes };
        await client.patch(CONFIG_MAPS, CLUSTER_INFO, { type: 'merge', body });
        return undefined;
      },
    });
    const look = (_object: Shared<KubeObject>) => loop.add(key);
    loop.handle(secrets, { onAdd: look, onUpdate: look, onDelete: look });
    loop.owns(configMaps);
    return running(loop.begin(), secrets, configMaps);
  },
};

function running(loop: AsyncDisposable, ...informers: readonly AsyncDisposable[]): RunningController {
  return {
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]();
      for (const informer of informers) await informer[Symbol.asyncDispose]();
    },
  };
}
