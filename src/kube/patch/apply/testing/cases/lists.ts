import { named } from '../history.ts';
import type { Case } from '../run-cases.ts';

/** Keyed lists, with one key, with several, with defaulted ones. */
export const LISTS: readonly Case[] = [
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
];
