import assert from 'node:assert/strict';
import type { KubeApi } from '../../../lib/kube.ts';

/** Config maps, the kind that hostile requests are about. */
export const maps = '/api/v1/namespaces/default/configmaps';

/** Makes the object that `serves` reads. */
export async function makeHere(api: KubeApi): Promise<void> {
  await api.create(maps, { metadata: { name: 'here' }, data: { a: '1' } });
}

/** The server is whole: it answers others while and after somebody misbehaves. */
export async function serves(api: KubeApi): Promise<void> {
  assert.equal((await api.get(`${maps}/here`)).metadata.name, 'here');
}
