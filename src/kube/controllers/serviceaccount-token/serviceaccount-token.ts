import { createPrivateKey } from 'node:crypto';
import { type GroupVersionResource, ignoring, type KubeObject, type Shared } from '#kube/api';
import { issueLegacyToken, type SigningKey, signingKey } from '#kube/auth';
import { findObject, Informer, keyOf } from '#kube/client';
import { Loop } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { ACCOUNT_NAME, planToken, type Secret } from './plan.ts';

const SECRETS: GroupVersionResource = { group: '', version: 'v1', resource: 'secrets' };
const ACCOUNTS: GroupVersionResource = { group: '', version: 'v1', resource: 'serviceaccounts' };
const TYPE = 'kubernetes.io/service-account-token';
const BY_ACCOUNT = 'account';

function accountKeyOf({ metadata }: Shared<Secret>): string {
  return `${metadata.namespace}/${metadata.annotations?.[ACCOUNT_NAME] ?? ''}`;
}

/** Fills secrets that want to hold a token without end, and removes them with their account. */
export const tokensController: Controller = {
  name: 'tokens-controller',
  start(context) {
    const { client, informers } = context;
    const accounts = informers.of(ACCOUNTS);
    const secrets = new Informer<Secret>(client, {
      resource: SECRETS,
      fieldSelector: `type=${TYPE}`,
      indexes: { [BY_ACCOUNT]: (secret) => [accountKeyOf(secret)] },
    }).start();
    const tokens = new Tokens(context);
    const loop = new Loop({
      name: 'tokens-controller',
      reconcile: async (key) => {
        const secret = secrets.get(key);
        if (secret !== undefined) await tokens.reconcile(secret);
        return undefined;
      },
    });
    loop.owns(secrets);
    const addSecrets = (account: Shared<KubeObject>) => {
      for (const secret of secrets.byIndex(BY_ACCOUNT, keyOf(account))) loop.add(keyOf(secret as KubeObject));
    };
    loop.handle(accounts, { onAdd: addSecrets, onDelete: addSecrets });
    loop.begin();
    return {
      async [Symbol.asyncDispose]() {
        await loop[Symbol.asyncDispose]();
        await secrets[Symbol.asyncDispose]();
      },
    };
  },
};

class Tokens {
  readonly #context: ControllerContext;
  #key: SigningKey | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(secret: Shared<Secret>): Promise<void> {
    const { client, cluster } = this.#context;
    const { namespace = '', name = '', uid, annotations } = secret.metadata;
    const accountName = annotations?.[ACCOUNT_NAME] ?? '';
    if (accountName === '' || secret.metadata.deletionTimestamp !== undefined) return;
    const account = await this.#account(namespace, accountName);
    const plan = planToken(secret, account, {
      caCert: cluster.clusterCa.cert,
      issue: () => this.#issue(namespace, accountName, account?.metadata.uid ?? '', name),
    });
    if (plan.do === 'write') await client.update(SECRETS, plan.secret);
    if (plan.do !== 'delete') return;
    await ignoring(
      client.delete(SECRETS, { namespace, name }, uid === undefined ? {} : { preconditions: { uid } }),
      'NotFound',
    );
  }

  /** The account as it is now: a secret must not be deleted because a cache lags. */
  #account(namespace: string, name: string): Promise<KubeObject | undefined> {
    return findObject(this.#context.client, ACCOUNTS, { namespace, name });
  }

  #issue(namespace: string, name: string, uid: string, secretName: string): string {
    this.#key ??= signingKey(createPrivateKey(this.#context.cluster.serviceAccountKey));
    return issueLegacyToken({ namespace, name, uid }, secretName, this.#key);
  }
}
