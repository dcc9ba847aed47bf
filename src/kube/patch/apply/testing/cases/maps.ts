import { named } from '../history.ts';
import type { Case } from '../run-cases.ts';

/** Atomic values and maps. */
export const MAPS: readonly Case[] = [
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
];
