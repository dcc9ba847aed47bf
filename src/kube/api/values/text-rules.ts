import { maxLengthMessage, patternRule, rangeMessage, SOUND } from './rule.ts';

const MAX_PORT = 65535;
const MAX_ID = 2147483647;
const PERCENT = '[0-9]+%';

/** Ports: 1 to 65535. */
export function portNumberErrors(port: number): readonly string[] {
  return port >= 1 && port <= MAX_PORT ? SOUND : [rangeMessage(1, MAX_PORT)];
}

/** Names of ports (RFC 6335's service names, in lower case). */
export function portNameErrors(name: string): readonly string[] {
  if (/^[a-z](?:[a-z0-9]|-(?!-)){0,13}[a-z0-9]$/.test(name)) return SOUND;
  const errors: string[] = [];
  if (name.length > 15) errors.push(maxLengthMessage(15));
  if (!/^[-a-z0-9]+$/.test(name)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** User and group ids of Unix. */
export function unixIdErrors(id: number): readonly string[] {
  return id >= 0 && id <= MAX_ID ? SOUND : [rangeMessage(0, MAX_ID)];
}

/** `25%`. */
export const percentErrors = patternRule({
  expression: PERCENT,
  message: "a valid percent string must be a numeric string followed by an ending '%'",
  examples: ['1%', '93%'],
});

/** Names of HTTP headers. */
export const httpHeaderNameErrors = patternRule({
  expression: '[-A-Za-z0-9]+',
  message: "a valid HTTP header must consist of alphanumeric characters or '-'",
  examples: ['X-Header-Name'],
});

/** Names of environment variables: any printable ASCII but `=`. */
export function environmentNameErrors(name: string): readonly string[] {
  if (name === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]+$/.test(name)) return SOUND;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

const configKeyRule = patternRule({
  expression: '[-._a-zA-Z0-9]+',
  maxBytes: 253,
  message: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ['key.name', 'KEY_NAME', 'key-name'],
});

/** Keys of config maps and secrets, which become file names. */
export function configKeyErrors(key: string): readonly string[] {
  const errors = configKeyRule(key);
  return key.startsWith('.') ? [...errors, ...dotErrors(key)] : errors;
}

function dotErrors(key: string): readonly string[] {
  if (key === '.') return ["must not be '.'"];
  if (key === '..') return ["must not be '..'"];
  return key.startsWith('..') ? ["must not start with '..'"] : SOUND;
}

/** What a name in a URL must not be; RBAC's objects allow all else. */
export function pathSegmentErrors(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  const errors: string[] = [];
  for (const character of ['/', '%']) if (name.includes(character)) errors.push(`may not contain '${character}'`);
  return errors;
}

/** C identifiers: names of downward API files in old objects, DRA attributes. */
export const cIdentifierErrors = patternRule({
  expression: '[A-Za-z_][A-Za-z0-9_]*',
  message:
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  examples: ['my_name', 'MY_NAME', 'MyName'],
});
