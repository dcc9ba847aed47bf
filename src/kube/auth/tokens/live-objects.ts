import type { GroupResource, KubeObject, Shared } from '#kube/api';
import { type Objects, RESOURCES } from '../objects.ts';
import type { ServiceAccountClaims } from './service-account-claims.ts';

/** Reads an object from storage, past all caches; `namespace` is '' for cluster-scoped ones. */
export type ReadLive = (
  resource: GroupResource,
  namespace: string,
  name: string,
) => Promise<Shared<KubeObject> | undefined>;

/** The objects that a token depends on, as storage has them now. */
export async function readBoundObjects(
  { namespace, serviceaccount, secret, pod, node }: ServiceAccountClaims,
  legacySecret: string | undefined,
  read: ReadLive,
): Promise<Pick<Objects, 'get'>> {
  const secretName = legacySecret ?? secret?.name;
  const wanted: readonly (readonly [GroupResource, string, string])[] = [
    [RESOURCES.serviceAccounts, namespace, serviceaccount.name],
    ...(secretName === undefined ? [] : [[RESOURCES.secrets, namespace, secretName] as const]),
    ...(pod === undefined ? [] : [[RESOURCES.pods, namespace, pod.name] as const]),
    ...(node === undefined ? [] : [[RESOURCES.nodes, '', node.name] as const]),
  ];
  const found = new Map<GroupResource, Shared<KubeObject> | undefined>();
  await Promise.all(
    wanted.map(async ([resource, where, name]) => found.set(resource, await read(resource, where, name))),
  );
  return { get: (resource) => found.get(resource) };
}
