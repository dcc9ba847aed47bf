import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import type { Informer } from '#kube/client';
import { makePod } from '../testing/make-pod.ts';
import { Expectations } from './expectations.ts';

/** An informer that has come to a revision, and shows these objects. */
function informerAt(resourceVersion: string | undefined, objects: KubeObject[] = []) {
  const all = new Map(objects.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]));
  return { resourceVersion, get: (key: string) => all.get(key) };
}

function expectationsOf(informer: ReturnType<typeof informerAt>) {
  return new Expectations(informer as unknown as Informer);
}

const written = (resourceVersion: string) => makePod('p', { meta: { resourceVersion } });

test('Expectations waits until the informer has come as far as the last write', () => {
  const informer = informerAt('99');
  const expectations = expectationsOf(informer);
  assert.equal(expectations.met('test/web'), true);
  expectations.wrote('test/web', written('101'));
  expectations.wrote('test/web', written('100'));
  assert.equal(expectations.met('test/web'), false);
  assert.equal(expectations.met('test/other'), true);
  informer.resourceVersion = '100';
  assert.equal(expectations.met('test/web'), false);
  informer.resourceVersion = '101';
  assert.equal(expectations.met('test/web'), true);
});

test('Expectations waits while the informer lists anew', () => {
  const expectations = expectationsOf(informerAt(undefined));
  expectations.wrote('test/web', written('1'));
  assert.equal(expectations.met('test/web'), false);
});

test('Expectations waits until what was removed is gone, whoever has its name now', () => {
  const pod = makePod('p');
  const shown = expectationsOf(informerAt('5', [pod]));
  shown.removed('test/web', pod);
  assert.equal(shown.met('test/web'), false);
  const again = expectationsOf(informerAt('5', [makePod('p', { meta: { uid: 'another' } })]));
  again.removed('test/web', pod);
  assert.equal(again.met('test/web'), true);
});

test('Expectations forgets owners that are gone', () => {
  const expectations = expectationsOf(informerAt('1'));
  expectations.wrote('test/web', written('9'));
  expectations.forget('test/web');
  assert.equal(expectations.met('test/web'), true);
});
