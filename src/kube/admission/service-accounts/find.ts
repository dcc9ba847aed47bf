import { notFound, type Shared } from '#kube/api';
import type { Objects } from '#kube/auth';
import { type Client, findObject } from '#kube/client';
import { READ_RESOURCES } from '../common/resources.ts';
import type { ServiceAccount } from './service-account.ts';

/** The controller makes the default account of a new namespace; pods that come with it wait so long. */
const WAIT_FOR_DEFAULT_MS = 1500;

/** Whose account. */
export interface AccountRef {
  readonly namespace: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

type Account = Shared<ServiceAccount>;

/** Finds an account, at once where it is in view. Rejects with a 404, after a while if it is one that is about to be made. */
export function findServiceAccount(ref: AccountRef, objects: Objects, client: Client): Account | Promise<Account> {
  const { namespace, name } = ref;
  return (
    (objects.get(READ_RESOURCES.serviceAccounts, namespace, name) as Account | undefined) ?? live(ref, objects, client)
  );
}

async function live(ref: AccountRef, objects: Objects, client: Client): Promise<Account> {
  const { namespace, name, signal } = ref;
  const found =
    (await findObject<ServiceAccount>(client, READ_RESOURCES.serviceAccounts, { namespace, name }, { signal })) ??
    (name === 'default' ? await untilMade(ref, objects) : undefined);
  if (found === undefined) throw notFound({ group: '', resource: 'serviceaccount' }, name);
  return found;
}

/** The account as soon as somebody makes it, or undefined when nobody does. */
async function untilMade({ namespace, name, signal }: AccountRef, objects: Objects): Promise<Account | undefined> {
  const { promise, resolve } = Promise.withResolvers<Account | undefined>();
  const look = () => objects.get(READ_RESOURCES.serviceAccounts, namespace, name) as Account | undefined;
  const giveUp = () => resolve(undefined);
  using _watching = objects.subscribe(READ_RESOURCES.serviceAccounts, () => {
    const found = look();
    if (found !== undefined) resolve(found);
  });
  const timer = setTimeout(giveUp, WAIT_FOR_DEFAULT_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return look() ?? (await promise);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
