import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import type { Endpoint } from '../resources/catalog.ts';
import { CachedEntry } from '../store/mod.ts';
import { viewOf } from './view.ts';

const row = builtinResources().find(({ group, plural }) => group === '' && plural === 'pods');
const pods = { row, version: row?.versions[0] } as Endpoint;
const where = {
  prefixOf: (namespace: string) => (namespace === '' ? '/registry/pods/' : `/registry/pods/${namespace}/`),
  key: (namespace: string, name: string) => `/registry/pods/${namespace}/${name}`,
};

function pod(namespace: string, name: string, labels = {}): CachedEntry {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec: {} });
  return new CachedEntry(where.key(namespace, name), text, 1);
}

function view(namespace: string, query: Record<string, string>, name = '') {
  return viewOf(pods, where, namespace, new URLSearchParams(query), name);
}

describe('viewOf', () => {
  it('is everything without selectors', () => {
    const { prefix, matches, key } = view('n', {});
    assert.deepEqual({ prefix, matches, key }, { prefix: '/registry/pods/n/', matches: undefined, key: undefined });
  });

  it('is one key where a name and a namespace are certain', () => {
    assert.equal(view('n', { fieldSelector: 'metadata.name=a' }).key, '/registry/pods/n/a');
    assert.equal(view('', { fieldSelector: 'metadata.name=a,metadata.namespace=n' }).key, '/registry/pods/n/a');
    assert.equal(view('n', {}, 'a').key, '/registry/pods/n/a');
  });

  it('finds a name in every namespace', () => {
    const { matches } = view('', { fieldSelector: 'metadata.name=a' });
    assert.equal(matches?.(pod('n', 'a')), true);
    assert.equal(matches?.(pod('m', 'a')), true);
    assert.equal(matches?.(pod('n', 'aa')), false);
    assert.equal(matches?.(pod('n', 'b-a')), false);
  });

  it('is nothing for two names or namespaces at once, also where one is in the path', () => {
    const contradictions = [
      view('n', { fieldSelector: 'metadata.name=a,metadata.name=b' }),
      view('n', { fieldSelector: 'metadata.name=b' }, 'a'),
      view('', { fieldSelector: 'metadata.namespace=n,metadata.namespace=m' }),
      view('n', { fieldSelector: 'metadata.namespace=m' }),
    ];
    for (const { matches } of contradictions) {
      for (const entry of [pod('n', 'a'), pod('n', 'b'), pod('m', 'a')]) assert.equal(matches?.(entry), false);
    }
  });

  it('compares labels without what every object inherits', () => {
    const { matches } = view('n', { labelSelector: 'constructor' });
    assert.equal(matches?.(pod('n', 'a')), false);
    assert.equal(matches?.(pod('n', 'a', { constructor: 'x' })), true);
  });

  it('refuses fields that cannot be selected', () => {
    for (const field of ['spec.containers', 'constructor', '__proto__.x']) {
      assert.throws(
        () => view('n', { fieldSelector: `${field}=a` }),
        (error: unknown) => isStatusError(error, 'BadRequest'),
      );
    }
  });
});
