import type { Case } from '../run-cases.ts';

/** Scalars: who sets, shares, takes and gives up a value. */
export const LEAVES: readonly Case[] = [
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
];
