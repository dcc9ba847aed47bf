import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrErrors, ipErrors, ipFamily, validateEndpointAddress } from './addresses.ts';
import {
  dns1035LabelErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  dnsSubdomainWithUnderscoreErrors,
  wildcardSubdomainErrors,
} from './dns-names.ts';
import { FieldErrors } from './field-errors.ts';
import { Path } from './path.ts';
import { labelValueErrors, qualifiedNameErrors } from './qualified-names.ts';
import {
  cIdentifierErrors,
  configKeyErrors,
  environmentNameErrors,
  httpHeaderNameErrors,
  pathSegmentErrors,
  percentErrors,
  portNameErrors,
  portNumberErrors,
  unixIdErrors,
} from './text-rules.ts';

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and " +
  "end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is " +
  "'[a-z]([-a-z0-9]*[a-z0-9])?')";
const NAME =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

type Rule = (text: string) => readonly string[];

/** For each rule: texts that are sound, and texts with what is said of them. */
const RULES: readonly (readonly [string, Rule, readonly string[], Readonly<Record<string, readonly string[]>>])[] = [
  [
    'dnsLabelErrors',
    dnsLabelErrors,
    ['a', '0', 'a-b', 'a'.repeat(63), '1-2-3'],
    {
      '': [LABEL],
      A: [LABEL],
      '-a': [LABEL],
      'a-': [LABEL],
      a_b: [LABEL],
      'a.b': ['must not contain dots'],
      'a..b': [LABEL],
      ä: [LABEL],
      'a\n': [LABEL],
      [`${'a'.repeat(64)}`]: ['must be no more than 63 bytes'],
      [`${'a'.repeat(60)}.bcd`]: ['must be no more than 63 bytes', 'must not contain dots'],
    },
  ],
  [
    'dnsSubdomainErrors',
    dnsSubdomainErrors,
    ['a', 'a.b', 'a-b.c-d', '1.2.3.4', 'a'.repeat(253)],
    {
      '': [SUBDOMAIN],
      'a..b': [SUBDOMAIN],
      '.a': [SUBDOMAIN],
      'a.': [SUBDOMAIN],
      'a.-b': [SUBDOMAIN],
      __proto: [SUBDOMAIN],
    },
  ],
  ['dns1035LabelErrors', dns1035LabelErrors, ['a', 'a1', 'a-1'], { '1a': [DNS_1035], 'a.b': [DNS_1035] }],
  ['dnsSubdomainWithUnderscoreErrors', dnsSubdomainWithUnderscoreErrors, ['_a.b', 'a_b.c', '_tcp.example.com'], {}],
  ['wildcardSubdomainErrors', wildcardSubdomainErrors, ['*.a', '*.example.com'], {}],
  [
    'qualifiedNameErrors',
    qualifiedNameErrors,
    [
      'a',
      'A',
      '1',
      'a.b',
      'a_b',
      'a/b',
      'example.com/My.Name_1',
      'x-y.z/a',
      `${'a'.repeat(63)}`,
      `${'a.'.repeat(100)}b/c`,
    ],
    {
      '': ['name part must be non-empty', `name part ${NAME}`],
      '/a': ['prefix part must be non-empty'],
      'a/': ['name part must be non-empty', `name part ${NAME}`],
      'A/b': [`prefix part ${SUBDOMAIN}`],
      'a..b/c': [`prefix part ${SUBDOMAIN}`],
      'a.-b/c': [`prefix part ${SUBDOMAIN}`],
      'a-.b/c': [`prefix part ${SUBDOMAIN}`],
      '-a': [`name part ${NAME}`],
      'a b': [`name part ${NAME}`],
      'a/b/c': [`a valid label key ${NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
      ['a'.repeat(64)]: ['name part must be no more than 63 bytes'],
    },
  ],
  [
    'labelValueErrors',
    labelValueErrors,
    ['', 'a', 'A.b_c-d', '1'],
    { '-': [LABEL_VALUE], 'a/b': [LABEL_VALUE], ['a'.repeat(64)]: ['must be no more than 63 bytes'] },
  ],
  [
    'portNameErrors',
    portNameErrors,
    ['http', 'a1', 'a-b', '80a', '1-a'],
    {
      '': [
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
      ],
      '80': ['must contain at least one letter (a-z)'],
      'a--b': ['must not contain consecutive hyphens'],
      'a-': ['must not begin or end with a hyphen'],
      HTTP: [
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
      ],
      'sixteen-letters-': ['must be no more than 15 bytes', 'must not begin or end with a hyphen'],
    },
  ],
  [
    'environmentNameErrors',
    environmentNameErrors,
    ['A', 'a.b-c', '1A', 'with space', '~!@#$%^&*()'],
    {
      '': ['environment variable name must be non-empty'],
      'A=B': ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
      'A\n': ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
      Ä: ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    },
  ],
  [
    'configKeyErrors',
    configKeyErrors,
    ['a', '.a', '-', 'a..b', 'KEY_NAME', '...'.replace('...', 'a...')],
    {
      '.': ["must not be '.'"],
      '..': ["must not be '..'"],
      '..data': ["must not start with '..'"],
      'a/b': [
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  " +
          "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    },
  ],
  [
    'pathSegmentErrors',
    pathSegmentErrors,
    ['a', 'system:node', 'A B', '...'],
    { '.': ["may not be '.'"], '..': ["may not be '..'"], 'a/b%c': ["may not contain '/'", "may not contain '%'"] },
  ],
  [
    'percentErrors',
    percentErrors,
    ['0%', '100%', '1000%'],
    {
      '1': [
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for " +
          "validation is '[0-9]+%')",
      ],
    },
  ],
  ['httpHeaderNameErrors', httpHeaderNameErrors, ['X-Header-Name', 'a'], {}],
  ['cIdentifierErrors', cIdentifierErrors, ['a', '_a1', 'MY_NAME'], {}],
  [
    'ipErrors',
    ipErrors,
    ['10.9.8.7', '::1', '2001:db8::ffff', '2001:DB8:0::1', '0.0.0.0'],
    {
      '': ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
      '1.2.3': ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
      '1.2.3.256': ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
      'fe80::1%eth0': ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
      '1.2.3.4/8': ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    },
  ],
  [
    'cidrErrors',
    cidrErrors,
    ['10.0.0.0/8', '0.0.0.0/0', '2001:db8::/64', '::/128'],
    {
      '10.0.0.0': ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
      '10.0.0.0/33': ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
      '10.0.0.0/': ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
      '::/129': ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
      '10.0.0.0/-1': ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    },
  ],
];

for (const [name, rule, sound, unsound] of RULES) {
  test(`${name} has nothing to say of sound texts`, () => {
    for (const text of sound) assert.deepEqual(rule(text), [], JSON.stringify(text));
  });
  test(`${name} says what is wrong in upstream's words`, () => {
    for (const [text, errors] of Object.entries(unsound)) assert.deepEqual(rule(text), errors, JSON.stringify(text));
  });
}

test('portNumberErrors and unixIdErrors know the ranges', () => {
  assert.deepEqual(portNumberErrors(1), []);
  assert.deepEqual(portNumberErrors(65535), []);
  assert.deepEqual(portNumberErrors(0), ['must be between 1 and 65535, inclusive']);
  assert.deepEqual(portNumberErrors(65536), ['must be between 1 and 65535, inclusive']);
  assert.deepEqual(unixIdErrors(0), []);
  assert.deepEqual(unixIdErrors(-1), ['must be between 0 and 2147483647, inclusive']);
});

test('ipFamily tells the families apart', () => {
  assert.equal(ipFamily('1.2.3.4'), 4);
  assert.equal(ipFamily('01.2.3.4'), 4);
  assert.equal(ipFamily('::1'), 6);
  assert.equal(ipFamily('one'), 0);
});

const SPECIAL: readonly (readonly [string, string])[] = [
  ['0.0.0.0', 'may not be unspecified (0.0.0.0)'],
  ['::', 'may not be unspecified (::)'],
  ['0:0:0:0:0:0:0:0', 'may not be unspecified (0:0:0:0:0:0:0:0)'],
  ['127.0.0.1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['127.1.2.3', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['::ffff:127.0.0.1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['169.254.169.254', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['fe80::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['febf::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['224.0.0.5', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ['ff02::1', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ['nonsense', 'must be a valid IP address'],
];

test('validateEndpointAddress refuses addresses that lead to no endpoint', () => {
  for (const [address, message] of SPECIAL) {
    const errors = new FieldErrors();
    validateEndpointAddress(address, new Path('ip'), errors);
    assert.deepEqual(
      errors.list.map((error) => error.message),
      [`Invalid value: "${address}": ${message}`],
    );
  }
  for (const address of ['10.0.0.1', '2001:db8::1', '224.0.1.1', '::ffff:10.0.0.1', 'fc00::1']) {
    const errors = new FieldErrors();
    validateEndpointAddress(address, new Path('ip'), errors);
    assert.deepEqual(errors.list, [], address);
  }
});

test('the rules take no longer than linear time for hostile texts', { timeout: 20_000 }, () => {
  const texts = [
    'a'.repeat(1_000_000),
    `${'a'.repeat(1_000_000)}!`,
    `${'a-'.repeat(500_000)}`,
    `${'a.'.repeat(500_000)}!`,
    `${'-'.repeat(1_000_000)}`,
    `${'1.'.repeat(500_000)}1`,
    `${'/'.repeat(100_000)}`,
  ];
  for (const [name, rule] of RULES) {
    for (const text of texts) assert.ok(Array.isArray([...rule(text)]), name);
  }
});
