import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presentProxies } from './proxies.ts';

test('info shows the proxies of the daemon, and not their password', () => {
  const env = { https_proxy: 'http://u:secret@proxy:3128', HTTP_PROXY: 'u:secret@proxy', no_proxy: 'a,b' };
  assert.deepEqual(presentProxies(env), {
    HttpsProxy: 'http://xxxxx:xxxxx@proxy:3128',
    HttpProxy: 'xxxxx:xxxxx@proxy',
    NoProxy: 'a,b',
  });
  const strange = { HTTPS_PROXY: 'HTTP://u:p@secret@proxy:3128', HTTP_PROXY: 'http://u:p/secret@proxy' };
  const { HttpsProxy, HttpProxy } = presentProxies(strange);
  assert.deepEqual([HttpsProxy, HttpProxy], ['HTTP://xxxxx:xxxxx@proxy:3128', 'http://xxxxx:xxxxx@proxy']);
  assert.deepEqual(presentProxies({}), { HttpsProxy: '', HttpProxy: '', NoProxy: '' });
});
