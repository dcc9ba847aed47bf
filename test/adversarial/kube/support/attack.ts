/** Two namespaces, and rights in one of them: what attempts on the other begin with. */
import { at, type KubeApi, type TestCluster } from '../../../lib/kube.ts';

/** The API group of roles and bindings. */
export const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** The paths of two namespaces: the attacker's own, and the one with the secret `treasure`. Both have a service account `robot`. */
export interface Scene {
  readonly mine: string;
  readonly victim: string;
}

/** Sets the scene in an empty cluster. */
export async function setScene(test: TestCluster): Promise<Scene> {
  const { api } = test;
  const [victim, mine] = [await test.namespace('victim'), await test.namespace('mine')];
  await api.create(`${victim}/secrets`, { metadata: { name: 'treasure' }, stringData: { key: 'very-secret-value' } });
  for (const path of [mine, victim]) await api.create(`${path}/serviceaccounts`, { metadata: { name: 'robot' } });
  return { mine, victim };
}

/** Gives `user` rights in the namespace `mine`. */
export async function grant(api: KubeApi, user: string, rules: object[]): Promise<void> {
  const name = user.replaceAll(':', '-');
  await api.create(`${RBAC}/namespaces/mine/roles`, { metadata: { name }, rules });
  await api.create(`${RBAC}/namespaces/mine/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
  });
}

/** A rule of a role. */
export function allow(resources: string[], verbs: string[], apiGroups = ['']): object {
  return { apiGroups, resources, verbs };
}

/** A token of the service account `robot` of a namespace; `spec` is that of the TokenRequest. */
export async function tokenOf(api: KubeApi, namespacePath: string, spec: object = {}): Promise<string> {
  const answer = await api.create(`${namespacePath}/serviceaccounts/robot/token`, { spec });
  return at(answer, 'status.token') as string;
}
