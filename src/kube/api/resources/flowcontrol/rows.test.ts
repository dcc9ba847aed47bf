import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { flowSchemas } from './flow-schemas.ts';
import { priorityLevels } from './priority-levels.ts';

const RULE = {
  subjects: [{ kind: 'Group', group: { name: 'ops' } }],
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
};

function rules(changes: object): { spec: { rules: object[] } } {
  return { spec: { rules: [{ ...RULE, ...changes }] } };
}

checkKind(flowSchemas, {
  minimal: { spec: { priorityLevelConfiguration: { name: 'high' }, rules: [RULE] } },
  created: { spec: { matchingPrecedence: 1000 }, status: {} },
  invalid: [
    [
      'no level',
      { spec: { priorityLevelConfiguration: null } },
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
    ],
    [
      'a precedence below all',
      { spec: { matchingPrecedence: 10_001 } },
      'spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000',
    ],
    [
      'the precedence of the exempt',
      { spec: { matchingPrecedence: 1 } },
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
    [
      'an unknown method',
      { spec: { distinguisherMethod: { type: 'ByColor' } } },
      'spec.distinguisherMethod.type: Unsupported value: {"type":"ByColor"}: supported values: "ByNamespace", "ByUser"',
    ],
    [
      'nobody',
      rules({ subjects: [] }),
      'spec.rules[0].subjects: Required value: subjects must contain at least one value',
    ],
    [
      'nothing',
      rules({ resourceRules: [] }),
      'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
    [
      'a user who is a group',
      rules({ subjects: [{ kind: 'User', group: { name: 'ops' } }] }),
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
    ],
    [
      'verbs that are none, no namespaces',
      rules({ resourceRules: [{ verbs: ['read'], apiGroups: [''], resources: ['pods'] }] }),
      'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["read"]: supported values: "create", "delete", "deletecollection", ' +
        '"get", "list", "patch", "proxy", "update", "watch"',
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
    ],
    [
      'paths that are none',
      rules({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['a', '/a*', '/a/*/b', '/a//b', ''] }] }),
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a*": wildcard can only match complete path segments',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a/*/b": wildcard can only do suffix matching',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a//b": must not contain double slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[4]: Invalid value: "": must not be empty',
    ],
  ],
});

const RESPONSE = 'spec.limited.limitResponse';

checkKind(priorityLevels, {
  minimal: { spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } } },
  created: {
    spec: {
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: { queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
      },
    },
  },
  invalid: [
    ['no type', { spec: { type: null } }, 'spec.type: Unsupported value: "": supported values: "Exempt", "Limited"'],
    [
      'an exemption for others than the exempt',
      { spec: { type: 'Exempt', limited: null } },
      "spec.type: Invalid value: \"Exempt\": must not be 'Exempt' if the name is not 'exempt'",
    ],
    ['no limits', { spec: { limited: null } }, 'spec.limited: Required value: must not be empty when type is Limited'],
    [
      'shares below zero',
      { spec: { limited: { nominalConcurrencyShares: -1, lendablePercent: 101, borrowingLimitPercent: -1 } } },
      'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
      'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
    ],
    [
      'queues for those who are turned away',
      { spec: { limited: { limitResponse: { type: 'Reject' } } } },
      `${RESPONSE}.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited`,
    ],
    [
      'a hand that is larger than the deck',
      { spec: { limited: { limitResponse: { queuing: { queues: 4 } } } } },
      `${RESPONSE}.queuing.handSize: Invalid value: 8: should not be greater than queues (4)`,
    ],
    [
      'a hand that no hash can choose',
      { spec: { limited: { limitResponse: { queuing: { queues: 10_000_000, handSize: 1_000_000 } } } } },
      `${RESPONSE}.queuing.handSize: Invalid value: 1000000: required entropy bits of deckSize 10000000 and handSize 1000000 should not be greater than 60`,
    ],
  ],
});

test('flow control: prints what kubectl shows', () => {
  const { object: schema } = createIn(flowSchemas, { spec: { priorityLevelConfiguration: { name: 'high' } } });
  const cells = flowSchemas.versions[0]?.columns?.map((column) => column.cell(schema, NOW_MS));
  assert.deepEqual(cells, ['high', 1000, '<none>', '<unknown>', '?']);
  const { object: level } = createIn(priorityLevels, { metadata: { name: 'exempt' }, spec: { type: 'Exempt' } });
  assert.deepEqual((level.spec as { exempt: object }).exempt, { nominalConcurrencyShares: 0, lendablePercent: 0 });
  const shown = priorityLevels.versions[0]?.columns?.slice(0, 5).map((column) => column.cell(level, NOW_MS));
  assert.deepEqual(shown, ['Exempt', '<none>', '<none>', '<none>', '<none>']);
});

test('schemas and levels may be replaced by who has not read them', () => {
  for (const { strategy } of [flowSchemas, priorityLevels]) assert.notEqual(strategy.allowUnconditionalUpdate, false);
});
