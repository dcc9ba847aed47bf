import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isHakoError } from '#base';
import { packageOf, readGenerated } from './structure.ts';

it('readGenerated says what to do when the schemas were never generated', () => {
  assert.throws(
    () => readGenerated('nothing.json'),
    (error) => isHakoError(error, 'failed_precondition') && /npm run generate/.test(error.message),
  );
});

it('packageOf knows the groups by their full names', () => {
  assert.equal(packageOf('', 'v1'), 'io.k8s.api.core.v1');
  assert.equal(packageOf('rbac.authorization.k8s.io', 'v1'), 'io.k8s.api.rbac.v1');
  assert.equal(packageOf('apiextensions.k8s.io', 'v1'), 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1');
  assert.equal(packageOf('rbac', 'v1'), undefined);
});
