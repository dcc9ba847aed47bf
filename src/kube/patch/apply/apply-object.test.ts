import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { applyObject } from '../mod.ts';
import { type Fields, History, named, newThing, resolve, type StepOptions, thing } from './testing/history.ts';

describe('applyObject', () => {
  const common = { apiVersion: 'v1', manager: 'a', force: false, subresource: '', nowMs: 0, schema: thing, resolve };

  it('names one conflict with an updater and its version', () => {
    const history = new History().update(
      'kubectl-client-side-apply',
      { spec: { replicas: 1 } },
      { version: 'apps/v1' },
    );
    const error = history.conflict('me', { spec: { replicas: 2 } });
    assert.equal(error.code, 409);
    const message = 'conflict with "kubectl-client-side-apply" using apps/v1';
    assert.equal(error.message, `Apply failed with 1 conflict: ${message}: .spec.replicas`);
    assert.deepEqual(error.details?.causes, [{ reason: 'FieldManagerConflict', message, field: '.spec.replicas' }]);
  });

  it('names several conflicts by manager', () => {
    const history = new History()
      .apply('zoe', { text: 'x', list: [named('l', { value: '1' })] })
      .update('ann', { ...newThing({}), text: 'x', list: [named('l', { value: '1' })], number: 1, set: ['s'] });
    const error = history.conflict('me', { text: 'y', number: 2, list: [named('l', { value: '2' })], set: ['s', 't'] });
    assert.equal(
      error.message,
      'Apply failed with 3 conflicts: conflicts with "ann" using v1:\n- .number\nconflicts with "zoe":\n- .text\n- .list[name="l"].value',
    );
    assert.deepEqual(error.details?.causes?.map(({ field }) => field).sort(), [
      '.list[name="l"].value',
      '.number',
      '.text',
    ]);
  });

  it('names the subresource of whom it conflicts with', () => {
    const history = new History().update('hpa', { spec: { replicas: 1 } }, { subresource: 'scale' });
    assert.match(
      history.conflict('me', { spec: { replicas: 2 } }).message,
      /conflict with "hpa" with subresource "scale" using v1: \.spec\.replicas/,
    );
  });

  it('has no conflict where the value stays, and none with itself', () => {
    const history = new History()
      .apply('a', { text: 'x' })
      .apply('b', { text: 'x' })
      .apply('a', { text: 'x', number: 1 });
    assert.deepEqual(history.apply('a', { text: 'x', number: 2 }).fields, { text: 'x', number: 2 });
    history.conflict('a', { text: 'other' });
  });

  it('has a conflict where atomic values of others would change', () => {
    const history = new History().apply('a', { atomicList: ['x'], atomicMap: { x: '1' } });
    const error = history.conflict('b', { atomicList: ['x', 'y'], atomicMap: { x: '1', y: '2' } });
    assert.deepEqual(
      error.details?.causes?.map(({ field }) => field),
      ['.atomicList', '.atomicMap'],
    );
  });

  it('keeps an applier’s set across versions, and takes updaters of other versions apart', () => {
    const history = new History()
      .apply('a', { text: 'x', number: 1 })
      .update('u', { text: 'x', number: 1, flag: true })
      .update('u', { text: 'x', number: 1, flag: true, set: ['s'] }, { version: 'v2' })
      .apply('a', { text: 'x' }, { version: 'v2' });
    assert.deepEqual(history.fields, { text: 'x', flag: true, set: ['s'] });
    const entries = history.live?.metadata.managedFields ?? [];
    assert.deepEqual(
      entries.map(({ manager, apiVersion }) => `${manager} ${apiVersion}`),
      ['a v2', 'u v1', 'u v2'],
    );
  });

  it('takes applies through a subresource for another manager', () => {
    const history = new History()
      .apply('a', { text: 'x' })
      .apply('a', { status: { ready: true }, text: 'x' }, { subresource: 'status', resetFields: [['text']] });
    assert.deepEqual(history.owners(), { 'apply:a': ['.text'], 'apply:a/status': ['.status.ready'] });
  });

  it('owns what the caller does not reset', () => {
    const history = new History().apply('a', { status: { ready: true } }, { resetFields: [] });
    assert.deepEqual(history.owners(), { 'apply:a': ['.status.ready'] });
    const deep = new History().apply(
      'a',
      { metadata: { labels: { x: '1' } }, text: 'x' },
      { resetFields: [['metadata', 'labels']] },
    );
    assert.deepEqual(deep.owners(), { 'apply:a': ['.text'] });
  });

  it('gives what nobody was tracked on to before-first-apply', () => {
    const history = new History();
    history.live = newThing({ text: 'x', number: 1 });
    history.conflict('a', { text: 'y' });
    history.apply('a', { text: 'x' });
    assert.deepEqual(history.owners(), { 'apply:a': ['.text'], 'update:before-first-apply': ['.number', '.text'] });
  });

  it('refuses managed fields in what is applied', () => {
    const applied = newThing({});
    applied.metadata.managedFields = [];
    assert.throws(
      () => applyObject({ ...common, live: undefined, applied }),
      (error) => isStatusError(error, 'BadRequest') && error.message === 'metadata.managedFields must be nil',
    );
  });

  it('refuses items that cannot be told apart', () => {
    const refuse = (fields: Fields, words: RegExp) =>
      assert.throws(
        () => new History().apply('a', fields),
        (error) => isStatusError(error) && error.code === 500 && words.test(error.message),
      );
    refuse(
      { list: [named('x'), named('x')] },
      /failed to create typed patch object \(.*\): \.list: duplicate entries for key \[name="x"\]/,
    );
    refuse({ set: ['x', 'x'] }, /\.set: duplicate entries for key \[="x"\]/);
    refuse(
      { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] },
      /duplicate entries for key \[port=80,protocol="TCP"\]/,
    );
    refuse(
      { list: [{ value: '1' }] },
      /\.list: element 0: associative list with keys has an element that omits key field "name"/,
    );
    refuse({ list: [null] }, /element 0/);
    refuse({ set: [{}] }, /element 0/);
  });

  it('lives with duplicates and items without keys in the live object', () => {
    const history = new History();
    history.update('u', { list: [named('x', { value: '1' }), named('x', { value: '2' })], set: ['s', 's'] });
    assert.deepEqual(history.owners(), { 'update:u': ['.list', '.list[name="x"]', '.set', '.set[="s"]'] });
    history.apply('a', { text: 'x' });
    assert.deepEqual(history.fields.list, [named('x', { value: '1' }), named('x', { value: '2' })]);
    history.apply('a', { list: [named('x', { value: '3' })] }, { force: true });
    assert.deepEqual(history.fields.list, [named('x', { value: '3' })]);
    new History()
      .update('u', { list: [{ value: '1' }, null], ports: [null, null], set: [[], {}] })
      .apply('a', { text: 'x' });
  });

  it('sets the time when something changed, else leaves it', () => {
    const history = new History().apply('a', { text: 'x' });
    assert.deepEqual(history.times(), { a: 1 });
    assert.deepEqual(history.apply('a', { text: 'x' }).times(), { a: 1 });
    assert.deepEqual(history.apply('b', { text: 'x' }).times(), { a: 1, b: 3 });
    assert.deepEqual(history.apply('a', { text: 'x', number: 1 }).times(), { a: 4, b: 3 });
  });

  it('takes kubectl’s first server-side apply for what goes on after client-side apply', () => {
    const last = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' }, text: 'old', number: 1 };
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(last)}\n` };
    const history = new History().update('kubectl-client-side-apply', {
      metadata: { annotations },
      text: 'old',
      number: 2,
    });
    const options: StepOptions = {};
    assert.match(history.conflict('other', { text: 'new' }, options).message, /\.text$/);
    // `number` differs from what was last applied: somebody else set it.
    assert.match(history.conflict('kubectl', { text: 'new', number: 3 }).message, /1 conflict: .*\.number$/);
    history.apply('kubectl', { text: 'new' });
    assert.equal(history.fields.text, 'new');
    assert.equal(
      history.live?.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'],
      '{"apiVersion":"v1","kind":"Thing","metadata":{"name":"x"},"text":"new"}\n',
    );
  });

  it('takes parts that were owned before a field became atomic for the whole', () => {
    const history = new History().apply('a', { atomicMap: { x: '1' }, atomicList: ['x'] });
    const [entry] = history.live?.metadata.managedFields ?? [];
    assert.ok(entry);
    entry.fieldsV1 = { 'f:atomicList': { 'v:"x"': {} }, 'f:atomicMap': { 'f:x': {} } };
    assert.match(history.conflict('b', { atomicMap: { y: '2' } }).message, /conflict with "a": \.atomicMap$/);
    assert.deepEqual(history.apply('a', {}).fields, {});
  });

  it('takes __proto__ for a key like any other', () => {
    const applied = newThing({});
    Object.assign(applied, {
      map: JSON.parse('{"__proto__":"1","constructor":"2"}'),
      free: JSON.parse('{"__proto__":{"a":1}}'),
    });
    const made = applyObject({ ...common, live: undefined, applied });
    const again = applyObject({
      ...common,
      live: JSON.parse(JSON.stringify(made)),
      applied: newThing({ map: { a: '1' } }),
    });
    assert.equal(JSON.stringify(made.map), '{"__proto__":"1","constructor":"2"}');
    assert.equal(JSON.stringify(again.map), '{"a":"1"}');
    assert.equal(again.free, undefined);
    assert.equal(({} as { a?: unknown }).a, undefined);
  });
});
