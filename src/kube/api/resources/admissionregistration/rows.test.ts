import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeIn, checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { mutatingAdmissionPolicies, validatingAdmissionPolicies } from './policies.ts';
import { mutatingAdmissionPolicyBindings, validatingAdmissionPolicyBindings } from './policy-bindings.ts';
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from './webhook-configurations.ts';

const RULE = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const WEBHOOK = {
  name: 'check.example.com',
  clientConfig: { service: { namespace: 'shop', name: 'hooks' } },
  rules: [RULE],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const HOOK = 'webhooks[0]';

function webhook(changes: object): { webhooks: object[] } {
  return { webhooks: [{ ...WEBHOOK, ...changes }] };
}

function rule(changes: object): { webhooks: object[] } {
  return webhook({ rules: [{ ...RULE, ...changes }] });
}

checkKind(validatingWebhookConfigurations, {
  minimal: webhook({}),
  created: {
    webhooks: [
      {
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        clientConfig: { service: { port: 443 } },
        rules: [{ scope: '*' }],
      },
    ],
  },
  invalid: [
    [
      'a name of two parts',
      webhook({ name: 'example.com' }),
      `${HOOK}.name: Invalid value: "example.com": should be a domain with at least three segments separated by dots`,
    ],
    [
      'nobody to call',
      webhook({ clientConfig: {} }),
      `${HOOK}.clientConfig: Required value: exactly one of url or service is required`,
    ],
    [
      'a URL without TLS, with secrets and a query',
      webhook({ clientConfig: { url: 'http://a:b@example.com/?q=1#f' } }),
      `${HOOK}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      `${HOOK}.clientConfig.url: Invalid value: "<redacted>": user information is not permitted in the URL`,
      `${HOOK}.clientConfig.url: Invalid value: "f": fragments are not permitted in the URL`,
      `${HOOK}.clientConfig.url: Invalid value: "q=1": query parameters are not permitted in the URL`,
    ],
    [
      'a service without names, at an odd place',
      webhook({ clientConfig: { service: { port: 0, path: 'a//b' } } }),
      `${HOOK}.clientConfig.service.name: Required value: service name is required`,
      `${HOOK}.clientConfig.service.namespace: Required value: service namespace is required`,
      `${HOOK}.clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive`,
      `${HOOK}.clientConfig.service.path: Invalid value: "a//b": must start with a '/'`,
      `${HOOK}.clientConfig.service.path: Invalid value: "a//b": segment[1] may not be empty`,
    ],
    [
      'no word of side effects',
      webhook({ sideEffects: undefined }),
      `${HOOK}.sideEffects: Required value: must specify one of None, NoneOnDryRun`,
    ],
    [
      'side effects that dry runs would have',
      webhook({ sideEffects: 'Some' }),
      `${HOOK}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`,
    ],
    [
      'too much time',
      webhook({ timeoutSeconds: 31 }),
      `${HOOK}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`,
    ],
    [
      'no version',
      webhook({ admissionReviewVersions: [] }),
      `${HOOK}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`,
    ],
    [
      'versions of the future',
      webhook({ admissionReviewVersions: ['v7'] }),
      `${HOOK}.admissionReviewVersions: Invalid value: ["v7"]: must include at least one of v1, v1beta1`,
    ],
    [
      'operations besides all',
      rule({ operations: ['*', 'CREATE'] }),
      `${HOOK}.rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
    ],
    [
      'an unknown operation',
      rule({ operations: ['READ'] }),
      `${HOOK}.rules[0].operations[0]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
    ],
    [
      'resources said twice',
      rule({ resources: ['*', 'pods', 'a/*', 'a/b'] }),
      `${HOOK}.rules[0].resources[3]: Invalid value: "a/b": if 'a/*' is present, must not specify a/b`,
      `${HOOK}.rules[0].resources: Invalid value: ["*","pods","a/*","a/b"]: if '*' is present, must not specify other resources without subresources`,
    ],
    [
      'an empty rule',
      webhook({ rules: [{}] }),
      `${HOOK}.rules[0].operations: Required value`,
      `${HOOK}.rules[0].apiGroups: Required value`,
      `${HOOK}.rules[0].apiVersions: Required value`,
      `${HOOK}.rules[0].resources: Required value`,
    ],
    ['two of a name', { webhooks: [WEBHOOK, WEBHOOK] }, 'webhooks[1].name: Duplicate value: "check.example.com"'],
    [
      'conditions of one name, and without an expression',
      webhook({ matchConditions: [{ name: 'a', expression: 'true' }, { name: 'a' }] }),
      `${HOOK}.matchConditions[1].expression: Required value`,
      `${HOOK}.matchConditions[1].name: Duplicate value: "a"`,
    ],
  ],
  accepted: [['nothing to ask', { webhooks: [] }]],
});

checkKind(mutatingWebhookConfigurations, {
  minimal: webhook({}),
  created: { webhooks: [{ reinvocationPolicy: 'Never', failurePolicy: 'Fail' }] },
  invalid: [
    [
      'an unknown policy of reinvocation',
      webhook({ reinvocationPolicy: 'Always' }),
      `${HOOK}.reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"`,
    ],
    [
      'an unknown policy of failure',
      webhook({ failurePolicy: 'Retry' }),
      `${HOOK}.failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"`,
    ],
    [
      'a scope that is none',
      rule({ scope: 'Town' }),
      `${HOOK}.rules[0].scope: Unsupported value: "Town": supported values: "*", "Cluster", "Namespaced"`,
    ],
  ],
});

const POLICY = {
  spec: { matchConstraints: { resourceRules: [RULE] }, validations: [{ expression: 'object.spec.replicas < 5' }] },
};

checkKind(validatingAdmissionPolicies, {
  minimal: POLICY,
  created: {
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [{ scope: '*' }],
      },
    },
    status: {},
  },
  invalid: [
    [
      'nothing to say',
      { spec: { validations: null } },
      'spec.validations: Required value: validations or auditAnnotations must be specified',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must be specified',
    ],
    ['nothing to match', { spec: { matchConstraints: null } }, 'spec.matchConstraints: Required value'],
    [
      'no rules to match',
      { spec: { matchConstraints: { resourceRules: [] } } },
      'spec.matchConstraints.resourceRules: Required value',
    ],
    [
      'an expression that is blank, a message of lines, an unknown reason',
      { spec: { validations: [{ expression: ' ', message: 'a\nb', reason: 'Why' }] } },
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
      'spec.validations[0].reason: Unsupported value: "Why": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"',
    ],
    [
      'settings of no kind',
      { spec: { paramKind: { apiVersion: 'a/b/c' } } },
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      'spec.paramKind.kind: Required value',
    ],
    [
      'variables that are none, or twice',
      { spec: { variables: [{ name: 'a-b', expression: '1' }, { name: 'a', expression: '1' }, { name: 'a' }] } },
      'spec.variables[0].name: Invalid value: "a-b": name is not a valid CEL identifier',
      'spec.variables[2].name: Duplicate value: "a"',
      'spec.variables[2].expression: Required value: expression is not specified',
    ],
  ],
  accepted: [['another failure policy', { spec: { failurePolicy: 'Ignore' } }]],
});

checkKind(mutatingAdmissionPolicies, {
  minimal: {
    spec: {
      matchConstraints: { resourceRules: [RULE] },
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
    },
  },
  created: { spec: { failurePolicy: 'Fail', reinvocationPolicy: 'Never' } },
  invalid: [
    [
      'no mutation',
      { spec: { mutations: [] } },
      'spec.mutations: Required value: mutations must contain at least one item',
    ],
    [
      'an unknown patch',
      { spec: { mutations: [{ patchType: 'Merge' }] } },
      'spec.mutations[0].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
    ],
    [
      'the patch of the other type',
      { spec: { mutations: [{ patchType: 'ApplyConfiguration', jsonPatch: { expression: '[]' } }] } },
      'spec.mutations[0].applyConfiguration: Required value: must be specified when patchType is ApplyConfiguration',
      'spec.mutations[0].jsonPatch: Invalid value: "<multiline>": must not be specified when patchType is ApplyConfiguration',
    ],
  ],
});

const ONE = 'name and selector are mutually exclusive';

checkKind(validatingAdmissionPolicyBindings, {
  minimal: { spec: { policyName: 'small', validationActions: ['Deny'], matchResources: {} } },
  created: { spec: { matchResources: { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} } } },
  invalid: [
    ['no policy', { spec: { policyName: null } }, 'spec.policyName: Required value'],
    [
      'no action',
      { spec: { validationActions: [] } },
      'spec.validationActions: Required value: at least one validation action is required',
    ],
    [
      'an action twice, and an unknown one',
      { spec: { validationActions: ['Audit', 'Audit', 'Call'] } },
      'spec.validationActions[1]: Duplicate value: "Audit"',
      'spec.validationActions[2]: Unsupported value: "Call": supported values: "Audit", "Deny", "Warn"',
    ],
    [
      'the same said twice',
      { spec: { validationActions: ['Deny', 'Warn'] } },
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same ' +
        'validation failure information in the API response and headers serves no purpose)',
    ],
    [
      'settings by name and selector',
      { spec: { paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'Deny' } } },
      `spec.paramRef.name: Forbidden: ${ONE}`,
      `spec.paramRef.selector: Forbidden: ${ONE}`,
    ],
    [
      'settings by neither',
      { spec: { paramRef: {} } },
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
    ],
  ],
});

checkKind(mutatingAdmissionPolicyBindings, {
  minimal: { spec: { policyName: 'small' } },
  invalid: [
    ['no policy', { spec: { policyName: '' } }, 'spec.policyName: Required value'],
    [
      'an unknown action',
      { spec: { paramRef: { name: 'a', parameterNotFoundAction: 'Wait' } } },
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Wait": supported values: "Allow", "Deny"',
    ],
    [
      'a match that is none',
      { spec: { matchResources: { matchPolicy: 'Near' } } },
      'spec.matchResources.matchPolicy: Unsupported value: "Near": supported values: "Equivalent", "Exact"',
    ],
  ],
});

test('ValidatingAdmissionPolicy: prints its rules, and the status holds conditions', () => {
  const { object } = createIn(validatingAdmissionPolicies, {
    spec: { ...POLICY.spec, paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' } },
  });
  const cells = validatingAdmissionPolicies.versions[0]?.columns?.map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells, [1, 'example.com/v1/Limit', '<unknown>']);
  const patch = {
    status: { conditions: [{ type: 'Ready', status: 'Yes', reason: 'A', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  };
  assert.deepEqual(changeIn(validatingAdmissionPolicies, object, patch, 'status').complaints, [
    'status.conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
  ]);
});
