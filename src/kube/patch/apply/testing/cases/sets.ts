import type { Case } from '../run-cases.ts';

/** Sets of scalars. */
export const SETS: readonly Case[] = [
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
];
