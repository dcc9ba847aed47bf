import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Authorizer } from '#kube/auth';
import type { ResourceTypes } from '../matching/resource-types.ts';
import { type Asked, pod, run } from '../testing/attributes.ts';
import { ownerReferences } from './owner-references.ts';

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: '1' };
const DELETE = 'delete pods//web';
const FINALIZE = 'update replicasets/finalizers/rs';
const owned = (...owners: Record<string, unknown>[]) => pod({}, { ownerReferences: owners as never });
const blocking = { ...OWNER, blockOwnerDeletion: true };

function plugin(...rights: string[]) {
  const authorizer: Authorizer = {
    authorize: ({ verb, resource, subresource, name }) => ({
      decision: rights.includes(`${verb} ${resource}/${subresource}/${name}`) ? 'allow' : 'noOpinion',
      reason: '',
    }),
  };
  const resource = { group: 'apps', version: 'v1', resource: 'replicasets' };
  const ofKind: ResourceTypes['ofKind'] = ({ kind }) =>
    kind === 'ReplicaSet' ? { resource, namespaced: true } : undefined;
  return ownerReferences(authorizer, { ofKind } as ResourceTypes);
}

const update = (object: Asked['object'], oldObject: Asked['oldObject']): Asked => ({
  operation: 'UPDATE',
  object,
  oldObject,
});
const CASES: readonly (readonly [title: string, asked: Asked, rights: string[], message: RegExp | undefined])[] = [
  ['a new object may have owners', { object: owned(OWNER) }, [], undefined],
  ['owners that stay need no right', update(owned(blocking), owned(blocking)), [], undefined],
  [
    'owners that change need the right to delete',
    update(owned(OWNER), owned()),
    [],
    /cannot set an ownerRef on a resource you can't delete/,
  ],
  ['owners that change may, with the right to delete', update(owned(OWNER), owned()), [DELETE], undefined],
  [
    'holding an owner up needs its finalizers',
    { object: owned(blocking) },
    [],
    /cannot set blockOwnerDeletion if an ownerReference refers/,
  ],
  ['holding an owner up may, with its finalizers', { object: owned(blocking) }, [FINALIZE], undefined],
  ['holding an owner up later needs both', update(owned(blocking), owned(OWNER)), [DELETE], /can't set finalizers on/],
  [
    'an owner of an unknown kind',
    { object: owned({ ...blocking, kind: 'What' }) },
    [FINALIZE],
    /cannot find RESTMapping for APIVersion apps\/v1 Kind What/,
  ],
];
for (const [title, asked, rights, message] of CASES) {
  test(`OwnerReferencesPermissionEnforcement: ${title}`, async () => {
    if (message === undefined) await run(plugin(...rights), asked);
    else await assert.rejects(run(plugin(...rights), asked), { code: 403, message });
  });
}
