import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { applyObject } from '../mod.ts';
import { type Fields, History, newThing, resolve, type StepOptions, thing } from './testing/history.ts';

type Step = readonly ['apply' | 'force' | 'update', string, Fields];
type Case = readonly [what: string, steps: readonly Step[], fields: Fields, owners: Record<string, string[]>];

const named = (name: string, more: Fields = {}) => ({ name, ...more });

/** Who did what, what comes of it, and who owns it then: the rules of structured-merge-diff. */
const CASES: readonly Case[] = [
  // Leaves
  [
    'apply creates',
    [['apply', 'a', { text: 'x', number: 1 }]],
    { text: 'x', number: 1 },
    { 'apply:a': ['.number', '.text'] },
  ],
  [
    'apply changes its own leaf',
    [
      ['apply', 'a', { text: 'x' }],
      ['apply', 'a', { text: 'y' }],
    ],
    { text: 'y' },
    { 'apply:a': ['.text'] },
  ],
  [
    'apply removes a leaf that it applies no more',
    [
      ['apply', 'a', { text: 'x', flag: true }],
      ['apply', 'a', { text: 'x' }],
    ],
    { text: 'x' },
    { 'apply:a': ['.text'] },
  ],
  [
    'apply of nothing gives up everything',
    [
      ['apply', 'a', { text: 'x' }],
      ['apply', 'a', {}],
    ],
    {},
    {},
  ],
  [
    'two appliers share a value',
    [
      ['apply', 'a', { text: 'x' }],
      ['apply', 'b', { text: 'x' }],
    ],
    { text: 'x' },
    { 'apply:a': ['.text'], 'apply:b': ['.text'] },
  ],
  [
    'a shared leaf stays while one applies it',
    [
      ['apply', 'a', { text: 'x' }],
      ['apply', 'b', { text: 'x' }],
      ['apply', 'a', {}],
    ],
    { text: 'x' },
    { 'apply:b': ['.text'] },
  ],
  [
    'a shared leaf goes with the last',
    [
      ['apply', 'a', { text: 'x' }],
      ['apply', 'b', { text: 'x' }],
      ['apply', 'a', {}],
      ['apply', 'b', {}],
    ],
    {},
    {},
  ],
  [
    'force takes a leaf',
    [
      ['apply', 'a', { text: 'x', flag: true }],
      ['force', 'b', { text: 'y' }],
    ],
    { text: 'y', flag: true },
    { 'apply:a': ['.flag'], 'apply:b': ['.text'] },
  ],
  [
    'a leaf that was taken is not removed by its former owner',
    [
      ['apply', 'a', { text: 'x' }],
      ['force', 'b', { text: 'y' }],
      ['apply', 'a', {}],
    ],
    { text: 'y' },
    { 'apply:b': ['.text'] },
  ],
  [
    'an update takes a leaf',
    [
      ['apply', 'a', { text: 'x' }],
      ['update', 'u', { text: 'y' }],
    ],
    { text: 'y' },
    { 'update:u': ['.text'] },
  ],
  [
    'an update that changes nothing takes nothing',
    [
      ['apply', 'a', { text: 'x' }],
      ['update', 'u', { text: 'x' }],
    ],
    { text: 'x' },
    { 'apply:a': ['.text'] },
  ],
  [
    'an update that removes a leaf takes it from its owner',
    [
      ['apply', 'a', { text: 'x', number: 1 }],
      ['update', 'u', { number: 1 }],
    ],
    { number: 1 },
    { 'apply:a': ['.number'] },
  ],
  [
    'apply adopts what an update set',
    [
      ['update', 'u', { text: 'x' }],
      ['apply', 'a', { text: 'x' }],
    ],
    { text: 'x' },
    { 'update:u': ['.text'], 'apply:a': ['.text'] },
  ],
  [
    'a leaf that an updater owns too stays',
    [
      ['update', 'u', { text: 'x' }],
      ['apply', 'a', { text: 'x' }],
      ['apply', 'a', {}],
    ],
    { text: 'x' },
    { 'update:u': ['.text'] },
  ],
  [
    'apply keeps what others set',
    [
      ['update', 'u', { number: 1 }],
      ['apply', 'a', { text: 'x' }],
    ],
    { number: 1, text: 'x' },
    { 'update:u': ['.number'], 'apply:a': ['.text'] },
  ],
  [
    'force takes a leaf from an updater',
    [
      ['update', 'u', { text: 'x', flag: true }],
      ['force', 'a', { text: 'y' }],
    ],
    { text: 'y', flag: true },
    { 'update:u': ['.flag'], 'apply:a': ['.text'] },
  ],
  [
    'one name may apply and update',
    [
      ['apply', 'a', { text: 'x' }],
      ['update', 'a', { text: 'x', number: 1 }],
    ],
    { text: 'x', number: 1 },
    { 'apply:a': ['.text'], 'update:a': ['.number'] },
  ],
  [
    'false and zero are owned as other values',
    [['apply', 'a', { flag: false, number: 0, text: '' }]],
    { flag: false, number: 0, text: '' },
    { 'apply:a': ['.flag', '.number', '.text'] },
  ],

  // Sets
  [
    'items of a set are owned each',
    [
      ['apply', 'a', { set: ['x', 'y'] }],
      ['apply', 'b', { set: ['y', 'z'] }],
    ],
    { set: ['x', 'y', 'z'] },
    { 'apply:a': ['.set[="x"]', '.set[="y"]'], 'apply:b': ['.set[="y"]', '.set[="z"]'] },
  ],
  [
    'apply removes items of a set',
    [
      ['apply', 'a', { set: ['x', 'y', 'z'] }],
      ['apply', 'a', { set: ['x', 'z'] }],
    ],
    { set: ['x', 'z'] },
    { 'apply:a': ['.set[="x"]', '.set[="z"]'] },
  ],
  [
    'shared items of a set stay',
    [
      ['apply', 'a', { set: ['x', 'y'] }],
      ['apply', 'b', { set: ['y'] }],
      ['apply', 'a', { set: ['x'] }],
    ],
    { set: ['x', 'y'] },
    { 'apply:a': ['.set[="x"]'], 'apply:b': ['.set[="y"]'] },
  ],
  [
    'a set goes with its last item',
    [
      ['apply', 'a', { set: ['x'], text: 't' }],
      ['apply', 'a', { text: 't' }],
    ],
    { text: 't' },
    { 'apply:a': ['.text'] },
  ],
  [
    'apply orders the items of a set',
    [
      ['apply', 'a', { set: ['a', 'b', 'c'] }],
      ['apply', 'a', { set: ['c', 'a', 'b'] }],
    ],
    { set: ['c', 'a', 'b'] },
    { 'apply:a': ['.set[="a"]', '.set[="b"]', '.set[="c"]'] },
  ],
  [
    'items of others stay before those that they stood before',
    [
      ['update', 'u', { set: ['a', 's', 'b'] }],
      ['apply', 'a', { set: ['b', 'a'] }],
    ],
    { set: ['s', 'b', 'a'] },
    { 'update:u': ['.set', '.set[="a"]', '.set[="b"]', '.set[="s"]'], 'apply:a': ['.set[="a"]', '.set[="b"]'] },
  ],
  [
    'numbers are items of sets',
    [['apply', 'a', { numbers: [10, 9] }]],
    { numbers: [10, 9] },
    { 'apply:a': ['.numbers[=10]', '.numbers[=9]'] },
  ],
  [
    'an update of a set owns new items',
    [
      ['apply', 'a', { set: ['x'] }],
      ['update', 'u', { set: ['x', 'y'] }],
    ],
    { set: ['x', 'y'] },
    { 'apply:a': ['.set[="x"]'], 'update:u': ['.set[="y"]'] },
  ],
  [
    'an update that drops an item takes it from its owner',
    [
      ['apply', 'a', { set: ['x', 'y'] }],
      ['update', 'u', { set: ['y'] }],
    ],
    { set: ['y'] },
    { 'apply:a': ['.set[="y"]'] },
  ],

  // Keyed lists
  [
    'items are owned with their fields',
    [['apply', 'a', { list: [named('x', { value: '1' })] }]],
    { list: [named('x', { value: '1' })] },
    { 'apply:a': ['.list[name="x"]', '.list[name="x"].name', '.list[name="x"].value'] },
  ],
  [
    'appliers merge items',
    [
      ['apply', 'a', { list: [named('x', { value: '1' })] }],
      ['apply', 'b', { list: [named('x', { number: 2 }), named('y')] }],
    ],
    { list: [named('x', { value: '1', number: 2 }), named('y')] },
    {
      'apply:a': ['.list[name="x"]', '.list[name="x"].name', '.list[name="x"].value'],
      'apply:b': [
        '.list[name="x"]',
        '.list[name="x"].name',
        '.list[name="x"].number',
        '.list[name="y"]',
        '.list[name="y"].name',
      ],
    },
  ],
  [
    'apply removes an item with what nobody else owns in it',
    [
      ['apply', 'a', { list: [named('x', { value: '1' }), named('y')] }],
      ['apply', 'a', { list: [named('y')] }],
    ],
    { list: [named('y')] },
    { 'apply:a': ['.list[name="y"]', '.list[name="y"].name'] },
  ],
  [
    'an item stays for another applier, without the fields of the first',
    [
      ['apply', 'a', { list: [named('x', { value: '1' })] }],
      ['apply', 'b', { list: [named('x', { number: 2 })] }],
      ['apply', 'a', {}],
    ],
    { list: [named('x', { number: 2 })] },
    { 'apply:b': ['.list[name="x"]', '.list[name="x"].name', '.list[name="x"].number'] },
  ],
  [
    'an item goes with what an updater changed in it',
    [
      ['apply', 'a', { list: [named('x', { value: '1' }), named('y')] }],
      ['update', 'u', { list: [named('x', { value: '1', number: 3 }), named('y')] }],
      ['apply', 'a', { list: [named('y')] }],
    ],
    { list: [named('y')] },
    { 'apply:a': ['.list[name="y"]', '.list[name="y"].name'] },
  ],
  [
    'an updater’s item stays',
    [
      ['apply', 'a', { list: [named('x')] }],
      ['update', 'u', { list: [named('x'), named('u')] }],
      ['apply', 'a', {}],
    ],
    { list: [named('u')] },
    { 'update:u': ['.list[name="u"]', '.list[name="u"].name'] },
  ],
  [
    'a renamed item is another',
    [
      ['apply', 'a', { list: [named('x', { value: '1' })] }],
      ['apply', 'a', { list: [named('z', { value: '1' })] }],
    ],
    { list: [named('z', { value: '1' })] },
    { 'apply:a': ['.list[name="z"]', '.list[name="z"].name', '.list[name="z"].value'] },
  ],
  [
    'apply orders items, others stay before those that they stood before',
    [
      ['update', 'u', { list: [named('a'), named('s'), named('b')] }],
      ['apply', 'a', { list: [named('b'), named('n'), named('a')] }],
    ],
    { list: [named('s'), named('b'), named('n'), named('a')] },
    {
      'update:u': [
        '.list',
        '.list[name="a"]',
        '.list[name="a"].name',
        '.list[name="b"]',
        '.list[name="b"].name',
        '.list[name="s"]',
        '.list[name="s"].name',
      ],
      'apply:a': [
        '.list[name="a"]',
        '.list[name="a"].name',
        '.list[name="b"]',
        '.list[name="b"].name',
        '.list[name="n"]',
        '.list[name="n"].name',
      ],
    },
  ],
  [
    'sets within items merge',
    [
      ['apply', 'a', { list: [named('x', { set: ['1'] })] }],
      ['apply', 'b', { list: [named('x', { set: ['2'] })] }],
    ],
    { list: [named('x', { set: ['1', '2'] })] },
    {
      'apply:a': ['.list[name="x"]', '.list[name="x"].name', '.list[name="x"].set[="1"]'],
      'apply:b': ['.list[name="x"]', '.list[name="x"].name', '.list[name="x"].set[="2"]'],
    },
  ],

  // Several keys, defaulted ones
  [
    'a key’s default tells items apart',
    [
      [
        'apply',
        'a',
        {
          ports: [
            { port: 80, name: 'x' },
            { port: 80, protocol: 'UDP' },
          ],
        },
      ],
    ],
    {
      ports: [
        { port: 80, name: 'x' },
        { port: 80, protocol: 'UDP' },
      ],
    },
    {
      'apply:a': [
        '.ports[port=80,protocol="TCP"]',
        '.ports[port=80,protocol="TCP"].name',
        '.ports[port=80,protocol="TCP"].port',
        '.ports[port=80,protocol="UDP"]',
        '.ports[port=80,protocol="UDP"].port',
        '.ports[port=80,protocol="UDP"].protocol',
      ],
    },
  ],
  [
    'an item without the default is the one with it',
    [
      ['update', 'u', { ports: [{ port: 80, protocol: 'TCP' }] }],
      ['apply', 'a', { ports: [{ port: 80, name: 'x' }] }],
    ],
    { ports: [{ port: 80, protocol: 'TCP', name: 'x' }] },
    {
      'update:u': [
        '.ports',
        '.ports[port=80,protocol="TCP"]',
        '.ports[port=80,protocol="TCP"].port',
        '.ports[port=80,protocol="TCP"].protocol',
      ],
      'apply:a': [
        '.ports[port=80,protocol="TCP"]',
        '.ports[port=80,protocol="TCP"].name',
        '.ports[port=80,protocol="TCP"].port',
      ],
    },
  ],
  [
    'apply removes one of two items that differ in the second key',
    [
      ['apply', 'a', { ports: [{ port: 80 }, { port: 80, protocol: 'UDP' }] }],
      ['apply', 'a', { ports: [{ port: 80 }] }],
    ],
    { ports: [{ port: 80 }] },
    { 'apply:a': ['.ports[port=80,protocol="TCP"]', '.ports[port=80,protocol="TCP"].port'] },
  ],

  // Atomic values
  [
    'an atomic list is one value',
    [
      ['apply', 'a', { atomicList: ['x', 'y'] }],
      ['apply', 'a', { atomicList: ['y'] }],
    ],
    { atomicList: ['y'] },
    { 'apply:a': ['.atomicList'] },
  ],
  [
    'a list of no type is atomic',
    [
      ['apply', 'a', { plainList: [named('x')] }],
      ['force', 'b', { plainList: [named('y')] }],
    ],
    { plainList: [named('y')] },
    { 'apply:b': ['.plainList'] },
  ],
  [
    'an atomic map is one value',
    [
      ['apply', 'a', { atomicMap: { x: '1' } }],
      ['force', 'b', { atomicMap: { y: '2' } }],
    ],
    { atomicMap: { y: '2' } },
    { 'apply:b': ['.atomicMap'] },
  ],
  [
    'an atomic value goes as a whole',
    [
      ['apply', 'a', { atomicMap: { x: '1' }, atomicList: ['x'] }],
      ['apply', 'a', {}],
    ],
    {},
    {},
  ],

  // Maps
  [
    'keys of a map are owned each',
    [
      ['apply', 'a', { map: { x: '1' } }],
      ['apply', 'b', { map: { y: '2' } }],
    ],
    { map: { x: '1', y: '2' } },
    { 'apply:a': ['.map.x'], 'apply:b': ['.map.y'] },
  ],
  [
    'apply removes a key',
    [
      ['apply', 'a', { map: { x: '1', y: '2' } }],
      ['apply', 'a', { map: { y: '2' } }],
    ],
    { map: { y: '2' } },
    { 'apply:a': ['.map.y'] },
  ],
  [
    'an updater owns a map that it makes',
    [['update', 'u', { map: { x: '1' } }]],
    { map: { x: '1' } },
    { 'update:u': ['.map', '.map.x'] },
  ],
  [
    'an updater owns only the key that it adds',
    [
      ['apply', 'a', { map: { x: '1' } }],
      ['update', 'u', { map: { x: '1', y: '2' } }],
    ],
    { map: { x: '1', y: '2' } },
    { 'apply:a': ['.map.x'], 'update:u': ['.map.y'] },
  ],
  [
    'a key that an updater added stays',
    [
      ['apply', 'a', { map: { x: '1' } }],
      ['update', 'u', { map: { x: '1', y: '2' } }],
      ['apply', 'a', {}],
    ],
    { map: { y: '2' } },
    { 'update:u': ['.map.y'] },
  ],
  [
    'maps in maps are owned by key',
    [
      ['apply', 'a', { maps: { m: { x: '1', y: '2' } } }],
      ['apply', 'a', { maps: { m: { y: '3', z: '4' } } }],
    ],
    { maps: { m: { y: '3', z: '4' } } },
    { 'apply:a': ['.maps.m', '.maps.m.y', '.maps.m.z'] },
  ],
  [
    'a key in the middle may change',
    [
      ['apply', 'a', { recursive: { a: { b: { c: {} } } } }],
      ['apply', 'a', { recursive: { a: { d: { c: {} } } } }],
    ],
    { recursive: { a: { d: { c: {} } } } },
    { 'apply:a': ['.recursive.a', '.recursive.a.d', '.recursive.a.d.c'] },
  ],
  ['an empty map is owned', [['apply', 'a', { map: {} }]], { map: {} }, { 'apply:a': ['.map'] }],
  [
    'an empty map that others want stays when it empties',
    [
      ['apply', 'a', { map: {} }],
      ['apply', 'b', { map: { x: '1' } }],
      ['apply', 'b', {}],
    ],
    { map: {} },
    { 'apply:a': ['.map'] },
  ],

  // Structs
  [
    'a struct on the way is owned by nobody who applies',
    [['apply', 'a', { struct: { inner: { a: '1' } } }]],
    { struct: { inner: { a: '1' } } },
    { 'apply:a': ['.struct.inner.a'] },
  ],
  [
    'a struct goes with its last field',
    [
      ['apply', 'a', { struct: { name: 'x', number: 1 } }],
      ['apply', 'a', {}],
    ],
    {},
    {},
  ],
  [
    'an emptied struct stays if it is still applied',
    [
      ['apply', 'a', { struct: { name: 'x' } }],
      ['apply', 'a', { struct: {} }],
    ],
    { struct: {} },
    { 'apply:a': ['.struct'] },
  ],
  [
    'an updater’s field keeps its struct',
    [
      ['apply', 'a', { struct: { name: 'x' } }],
      ['update', 'u', { struct: { name: 'x', number: 1 } }],
      ['apply', 'a', {}],
    ],
    { struct: { number: 1 } },
    { 'update:u': ['.struct.number'] },
  ],
  [
    'a field that an updater took stays',
    [
      ['apply', 'a', { struct: { name: 'x' } }],
      ['update', 'u', { struct: { name: 'y', number: 1 } }],
      ['apply', 'a', { struct: {} }],
    ],
    { struct: { name: 'y', number: 1 } },
    { 'update:u': ['.struct.name', '.struct.number'], 'apply:a': ['.struct'] },
  ],
  [
    'an updater owns a struct that it makes',
    [['update', 'u', { struct: { inner: { a: '1' } } }]],
    { struct: { inner: { a: '1' } } },
    { 'update:u': ['.struct', '.struct.inner', '.struct.inner.a'] },
  ],
  [
    'structs that are always there are owned by nobody',
    [['update', 'u', { spec: { replicas: 1, needed: [named('x')], pointer: { a: '1' } } }]],
    { spec: { replicas: 1, needed: [named('x')], pointer: { a: '1' } } },
    {
      'update:u': [
        '.spec.needed[name="x"]',
        '.spec.needed[name="x"].name',
        '.spec.pointer',
        '.spec.pointer.a',
        '.spec.replicas',
      ],
    },
  ],

  // Values of no schema
  [
    'free maps are owned by key at every level',
    [
      ['apply', 'a', { free: { x: { y: 1 } } }],
      ['apply', 'b', { free: { x: { z: [1, { q: 2 }] } } }],
    ],
    { free: { x: { y: 1, z: [1, { q: 2 }] } } },
    { 'apply:a': ['.free.x', '.free.x.y'], 'apply:b': ['.free.x', '.free.x.z'] },
  ],
  [
    'free lists are atomic',
    [
      ['apply', 'a', { free: { l: [1, 2] } }],
      ['apply', 'a', { free: { l: [2] } }],
    ],
    { free: { l: [2] } },
    { 'apply:a': ['.free.l'] },
  ],
  [
    'a free value may change its form',
    [
      ['apply', 'a', { free: { x: { y: 1 } } }],
      ['apply', 'a', { free: { x: 'text' } }],
    ],
    { free: { x: 'text' } },
    { 'apply:a': ['.free.x'] },
  ],
  [
    'known fields beside free ones keep their schema',
    [['apply', 'a', { open: { known: { a: '1' }, other: { b: 1 } } }]],
    { open: { known: { a: '1' }, other: { b: 1 } } },
    { 'apply:a': ['.open.known.a', '.open.other', '.open.other.b'] },
  ],

  // Metadata and reset fields
  [
    'labels are owned by key, the server’s metadata by nobody',
    [['apply', 'a', { metadata: { labels: { x: '1' }, uid: 'u', generation: 3 } }]],
    {},
    { 'apply:a': ['.metadata.labels.x'] },
  ],
  [
    'an updater owns the labels that it makes',
    [['update', 'u', { metadata: { labels: { x: '1' }, resourceVersion: '5' } }]],
    {},
    { 'update:u': ['.metadata.labels', '.metadata.labels.x'] },
  ],
  [
    'the status is nobody’s on the main path',
    [['apply', 'a', { text: 'x', status: { ready: true } }]],
    { text: 'x', status: { ready: true } },
    { 'apply:a': ['.text'] },
  ],
];

const asStep = (history: History, [what, manager, fields]: Step) => {
  if (what === 'update') history.update(manager, fields);
  else history.apply(manager, fields, { force: what === 'force' });
};

describe('applyObject and trackUpdate', () => {
  for (const [what, steps, fields, owners] of CASES) {
    it(what, () => {
      const history = new History();
      for (const step of steps) asStep(history, step);
      assert.deepEqual(history.fields, fields);
      assert.deepEqual(history.owners(), owners);
    });
  }

  it('apply twice is the same as once, and changes no time', () => {
    for (const [what, steps] of CASES) {
      const history = new History();
      for (const step of steps) asStep(history, step);
      const last = steps.findLast(([kind]) => kind !== 'update');
      if (last === undefined) continue;
      history.apply(last[1], last[2], { force: true });
      const before = structuredClone(history.live);
      history.apply(last[1], last[2]);
      assert.deepEqual(history.live, before, what);
    }
  });

  it('what one applies and then takes back leaves no trace', () => {
    for (const [what, steps] of CASES) {
      const history = new History();
      for (const step of steps) asStep(history, step);
      const before = structuredClone(history.live);
      const mine = {
        list: [named('mine', { value: '1' })],
        set: ['mine'],
        map: { mine: '1' },
        maps: { mine: { a: '1' } },
      };
      history.apply('me', mine).apply('me', {});
      assert.deepEqual(history.live, before, what);
    }
  });

  it('nothing that it gets is changed', () => {
    for (const [what, steps] of CASES) {
      const history = new History();
      for (const step of steps.slice(0, -1)) asStep(history, step);
      const live = history.live;
      const before = structuredClone(live);
      const last = steps.at(-1);
      if (last !== undefined) asStep(history, last);
      assert.deepEqual(live, before, what);
    }
  });
});

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
        (error) => isStatusError(error, 'BadRequest') && words.test(error.message),
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
