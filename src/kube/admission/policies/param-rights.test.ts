import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import type { Authorizer } from '#kube/auth';
import type { ResourceTypes } from '../matching/resource-types.ts';
import { objectsOf, run } from '../testing/attributes.ts';
import { paramRights } from './param-rights.ts';

const GROUP = 'admissionregistration.k8s.io';
const POLICIES = { group: GROUP, version: 'v1', resource: 'validatingadmissionpolicies' };
const BINDINGS = { group: GROUP, version: 'v1', resource: 'validatingadmissionpolicybindings' };
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };

function made(kind: string, spec: Record<string, unknown>): KubeObject {
  return { apiVersion: `${GROUP}/v1`, kind, metadata: { name: 'p' }, spec };
}
const policy = made('ValidatingAdmissionPolicy', { paramKind: { apiVersion: 'v1', kind: 'Secret' } });
const plain = made('ValidatingAdmissionPolicy', {});
const binding = made('ValidatingAdmissionPolicyBinding', {
  policyName: 'p',
  paramRef: { name: 's', namespace: 'shop' },
});

/** Rights are written `verb namespace/resource/name`. */
function plugin(...rights: string[]) {
  const authorizer: Authorizer = {
    authorize: ({ verb, namespace, resource, name }) => ({
      decision: rights.includes(`${verb} ${namespace}/${resource}/${name}`) ? 'allow' : 'noOpinion',
      reason: '',
    }),
  };
  const types = {
    ofKind: ({ kind }) => (kind === 'Secret' ? { resource: SECRETS, namespaced: true } : undefined),
  } as ResourceTypes;
  return paramRights({ authorizer, types, objects: objectsOf([POLICIES, policy]) });
}

test('paramRights lets nobody make a policy that reads what they may not', async () => {
  const asked = { resource: POLICIES, namespace: '', object: policy };
  await run(plugin('get */secrets/*'), asked);
  await assert.rejects(run(plugin('get shop/secrets/*'), asked), {
    code: 422,
    message:
      /spec\.paramKind: Forbidden: user alice must have "get" permission on all objects of the referenced paramKind \(kind=Secret, apiVersion=v1\)/,
  });
  await run(plugin(), { ...asked, operation: 'UPDATE', oldObject: policy });
  await run(plugin(), { ...asked, object: plain });
});

test('paramRights wants the right to everything where nobody knows the kind', async () => {
  const unknown = made('ValidatingAdmissionPolicy', { paramKind: { apiVersion: 'x.com/v1', kind: 'Later' } });
  await run(plugin('get */*/*'), { resource: POLICIES, namespace: '', object: unknown });
  await assert.rejects(run(plugin('get */secrets/*'), { resource: POLICIES, namespace: '', object: unknown }), {
    code: 422,
  });
});

test('paramRights lets nobody bind a policy to what they may not read', async () => {
  const asked = { resource: BINDINGS, namespace: '', object: binding };
  await run(plugin('get shop/secrets/s'), asked);
  await assert.rejects(run(plugin('get other/secrets/s'), asked), {
    code: 422,
    message:
      /spec\.paramRef: Forbidden: user alice does not have "get" permission on the object referenced by paramRef/,
  });
});
