import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows as authentication } from './authentication/rows.ts';
import { rows as authorization } from './authorization/rows.ts';
import { leases } from './coordination/leases.ts';
import { runtimeClasses } from './node/runtime-classes.ts';
import { priorityClasses } from './scheduling/priority-classes.ts';
import { checkKind, createIn } from './testing/check-kind.ts';

checkKind(leases, {
  minimal: { spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } },
  invalid: [
    [
      'no time',
      { spec: { leaseDurationSeconds: 0 } },
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    ],
    [
      'fewer changes than none',
      { spec: { leaseTransitions: -1 } },
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a wish without a strategy',
      { spec: { preferredHolder: 'you' } },
      'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
    ],
  ],
  accepted: [['another holder', { spec: { holderIdentity: 'you', leaseTransitions: 1 } }]],
});

test('Lease: an update must say what it was made from', () => {
  assert.equal(leases.strategy.allowUnconditionalUpdate, false);
});

checkKind(priorityClasses, {
  minimal: { value: 1000 },
  created: { value: 1000, preemptionPolicy: 'PreemptLowerPriority' },
  invalid: [
    [
      'more than users may',
      { value: 1_000_000_001 },
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ],
    [
      'a name of the system',
      { metadata: { name: 'system-mine' } },
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. " +
        'error: system-mine is not a known system priority class',
    ],
    [
      "the system's name with another value",
      { metadata: { name: 'system-node-critical' } },
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. " +
        'error: value of system-node-critical PriorityClass must be 2000001000',
    ],
    [
      'an unknown policy',
      { preemptionPolicy: 'Maybe' },
      'preemptionPolicy: Required value: must specify Never or PreemptLowerPriority',
    ],
  ],
  refused: [
    ['another value', { value: 5 }, 'value: Forbidden: may not be changed in an update.'],
    ['another policy', { preemptionPolicy: 'Never' }, 'preemptionPolicy: Invalid value: "Never": field is immutable'],
  ],
  accepted: [['another description', { description: 'for all', globalDefault: true }]],
});

test('PriorityClass: the system may have its own', () => {
  const fields = { metadata: { name: 'system-cluster-critical' }, value: 2_000_000_000 };
  assert.deepEqual(createIn(priorityClasses, fields).complaints, []);
});

checkKind(runtimeClasses, {
  minimal: { handler: 'runsc', overhead: { podFixed: { memory: '1024Ki' } } },
  created: { overhead: { podFixed: { memory: '1Mi' } } },
  invalid: [
    ['a handler that is no label', { handler: 'a.b' }, 'handler: Invalid value: "a.b": must not contain dots'],
    [
      'an overhead below zero',
      { overhead: { podFixed: { memory: '-1' } } },
      'overhead.podFixed[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      'a toleration twice',
      {
        scheduling: {
          tolerations: [
            { key: 'a', operator: 'Exists' },
            { key: 'a', operator: 'Exists' },
          ],
        },
      },
      'scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}',
    ],
  ],
  refused: [['another handler', { handler: 'runc' }, 'handler: Invalid value: "runc": field is immutable']],
});

test('reviews are questions: posted, answered, and not stored', () => {
  const names = [...authentication, ...authorization].map((row) => row.plural);
  assert.deepEqual(names.sort(), [
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
    'tokenreviews',
  ]);
  for (const row of [...authentication, ...authorization]) {
    assert.deepEqual(row.verbs, ['create']);
    assert.equal(row.stored, false);
  }
});

test('access reviews: refused questions', () => {
  const [local, self, , subject] = authorization;
  assert.ok(local && self && subject);
  const nameless = { metadata: { name: null } };
  const resourceAttributes = { namespace: 'shop', verb: 'get', resource: 'pods' };
  const nonResourceAttributes = { path: '/healthz', verb: 'get' };
  assert.deepEqual(createIn(self, { ...nameless, spec: { resourceAttributes } }).complaints, []);
  assert.deepEqual(createIn(self, { ...nameless, spec: {} }).complaints, [
    'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  ]);
  assert.deepEqual(createIn(subject, { ...nameless, spec: { resourceAttributes } }).complaints, [
    'spec.user: Invalid value: "": at least one of user or group must be specified',
  ]);
  const both = { user: 'ann', resourceAttributes, nonResourceAttributes };
  assert.deepEqual(createIn(subject, { ...nameless, spec: both }).complaints, [
    'spec.nonResourceAttributes: Invalid value: {"path":"/healthz","verb":"get"}: cannot be specified in combination with resourceAttributes',
  ]);
  const elsewhere = { user: 'ann', resourceAttributes: { ...resourceAttributes, namespace: 'other' } };
  assert.deepEqual(createIn(local, { ...nameless, spec: elsewhere }).complaints, [
    'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
  ]);
  assert.deepEqual(createIn(self, { spec: { resourceAttributes } }).complaints, [
    'metadata: Invalid value: {"name":"web"}: must be empty',
  ]);
});
