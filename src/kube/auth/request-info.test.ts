import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import { requestInfo } from './request-info.ts';

/** verb group/version namespace resource/subresource name [rest], in one line. */
function show(method: string, url: string): string {
  const info = requestInfo(method, url);
  if (!info.isResourceRequest) return `${info.verb} ${info.path}`;
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`;
  const rest = info.rest.length === 0 ? '' : ` [${info.rest.join(' ')}]`;
  return `${info.verb} ${info.apiGroup}/${info.apiVersion} ${info.namespace || '-'} ${resource} ${info.name || '-'}${rest}`;
}

const CASES: readonly [string, string, string][] = [
  ['GET', '/', 'get /'],
  ['GET', '/version', 'get /version'],
  ['POST', '/api', 'post /api'],
  ['GET', '/api/v1', 'get /api/v1'],
  ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
  ['GET', '/apis/apps/v1/', 'get /apis/apps/v1/'],
  ['GET', '/openapi/v3/apis/apps/v1', 'get /openapi/v3/apis/apps/v1'],
  ['GET', '/apiz/v1/pods', 'get /apiz/v1/pods'],
  ['GET', '/api/v1/namespaces', 'list /v1 - namespaces -'],
  ['GET', '/api/v1/namespaces/', 'list /v1 - namespaces -'],
  ['GET', '/api/v1/namespaces/kube', 'get /v1 kube namespaces kube'],
  ['PUT', '/api/v1/namespaces/kube/finalize', 'update /v1 kube namespaces/finalize kube'],
  ['GET', '/api/v1/namespaces/kube/status', 'get /v1 kube namespaces/status kube'],
  ['GET', '/api/v1/namespaces/kube/pods', 'list /v1 kube pods -'],
  ['HEAD', '/api/v1/namespaces/kube/pods/web', 'get /v1 kube pods web'],
  ['GET', '/api/v1/namespaces/kube/pods/web/log?watch=true', 'get /v1 kube pods/log web'],
  ['POST', '/api/v1/namespaces/kube/pods', 'create /v1 kube pods -'],
  ['PATCH', '/apis/apps/v1/namespaces/a/deployments/b/scale', 'patch apps/v1 a deployments/scale b'],
  ['DELETE', '/apis/apps/v1/namespaces/a/deployments/b', 'delete apps/v1 a deployments b'],
  ['DELETE', '/apis/apps/v1/namespaces/a/deployments', 'deletecollection apps/v1 a deployments -'],
  ['OPTIONS', '/api/v1/pods', ' /v1 - pods -'],
  ['GET', '/api/v1/pods?watch=1', 'watch /v1 - pods -'],
  ['GET', '/api/v1/pods?watch', 'watch /v1 - pods -'],
  ['GET', '/api/v1/pods?watch=0', 'list /v1 - pods -'],
  ['GET', '/api/v1/pods?watch=False', 'list /v1 - pods -'],
  ['GET', '/api/v1/pods?%77atch=true', 'watch /v1 - pods -'],
  ['GET', '/api/v1/watch/namespaces/a/pods', 'watch /v1 a pods -'],
  ['GET', '/api/v1/watch/namespaces/a/pods/b', 'watch /v1 a pods b'],
  ['GET', '/api/v1/proxy/namespaces/a/services/b/x/y', 'proxy /v1 a services b [x y]'],
  ['GET', '/api/v1/namespaces/a/services/b/proxy/x/y', 'get /v1 a services/proxy b [x y]'],
  ['GET', '/api/v1/namespaces/a/secrets?fieldSelector=metadata.name%3Dtoken', 'list /v1 a secrets token'],
  ['GET', '/api/v1/namespaces/a/secrets?watch=1&fieldSelector=metadata.name=t,type=x', 'watch /v1 a secrets t'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name!=token', 'list /v1 - secrets -'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name=a/b', 'list /v1 - secrets -'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name', 'list /v1 - secrets -'],
  ['DELETE', '/api/v1/namespaces/a/secrets?fieldSelector=metadata.name=t', 'deletecollection /v1 a secrets -'],
];

for (const [method, url, expected] of CASES) {
  test(`requestInfo reads ${method} ${url}`, () => assert.equal(show(method, url), expected));
}

test('requestInfo decodes before it splits, so an encoded slash cannot hide a subresource', () => {
  assert.equal(show('GET', '/api/v1/namespaces/a/pods/b%2Fexec'), 'get /v1 a pods/exec b');
  assert.equal(show('GET', '/api/v1/namespaces/a%2Fsecrets/b'), 'get /v1 a secrets b');
  assert.equal(show('GET', '/%61pi/v1/pods'), 'list /v1 - pods -');
});

test('requestInfo resolves no dots: a path with .. is about a thing named ..', () => {
  assert.equal(show('GET', '/api/v1/namespaces/a/pods/../secrets'), 'get /v1 a pods/secrets ..');
  assert.equal(show('GET', '/healthz/../api/v1/secrets'), 'get /healthz/../api/v1/secrets');
  assert.equal(show('GET', '/healthz/%2e%2e/api'), 'get /healthz/../api');
});

test('requestInfo takes whole URLs, as proxies send them', () => {
  assert.equal(show('GET', 'https://10.0.0.1:6443/api/v1/pods'), 'list /v1 - pods -');
  assert.equal(show('GET', 'http://host'), 'get /');
});

test('requestInfo refuses bytes that are no text, and the old prefixes alone', () => {
  for (const path of ['/api/v1/pods/%', '/api/v1/pods/%zz', '/api/v1/pods/%ff%fe']) {
    assert.throws(
      () => requestInfo('GET', path),
      (error) => isStatusError(error, 'BadRequest'),
    );
  }
  assert.throws(
    () => requestInfo('GET', '/api/v1/watch'),
    (error) => isStatusError(error, 'NotFound'),
  );
});

test('requestInfo carries selectors of collections alone', () => {
  const list = requestInfo('GET', '/api/v1/pods?labelSelector=a%3Db&fieldSelector=spec.nodeName=n');
  assert.deepEqual([list.labelSelector, list.fieldSelector], ['a=b', 'spec.nodeName=n']);
  assert.equal(requestInfo('GET', '/api/v1/namespaces/a/pods/b?labelSelector=a').labelSelector, undefined);
  assert.equal(requestInfo('GET', '/api/v1/watch/pods?labelSelector=a').labelSelector, undefined);
});

test('requestInfo is linear in hostile paths', () => {
  const info = requestInfo('GET', `/api/v1/${'a/'.repeat(50_000)}`);
  assert.equal(info.rest.length, 49_997);
});
