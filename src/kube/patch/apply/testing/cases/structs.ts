import { named } from '../history.ts';
import type { Case } from '../run-cases.ts';

/** Structs, values of no schema, metadata. */
export const STRUCTS: readonly Case[] = [
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
