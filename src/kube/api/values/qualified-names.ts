import { dnsSubdomainErrors } from './dns-names.ts';
import type { FieldErrors } from './field-errors.ts';
import type { Path } from './path.ts';
import { maxLengthMessage, patternMessage, patternRule, SOUND } from './rule.ts';

const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const NAME_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const MAX_NAME = 63;
const namePattern = new RegExp(`^${NAME}$`);
// The common case in one test: no prefix, or a plain one. Anything else goes the long way, which knows the messages.
const commonKey = /^(?:[a-z0-9](?:[-a-z0-9.]{0,61}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function nameMessage(): string {
  return patternMessage(NAME_MESSAGE, NAME, 'MyName', 'my.name', '123-abc');
}

/** Label keys, finalizers, condition types, resource names: `name` or `dns.prefix/name`. */
export function qualifiedNameErrors(text: string): readonly string[] {
  if (commonKey.test(text) && !text.includes('..') && !text.includes('.-') && !text.includes('-.')) return SOUND;
  const parts = text.split('/');
  if (parts.length > 2)
    return [
      `a valid label key ${nameMessage()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const errors: string[] = [];
  if (parts.length === 2) errors.push(...prefixErrors(parts[0] ?? ''));
  const name = parts.at(-1) ?? '';
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > MAX_NAME) errors.push(`name part ${maxLengthMessage(MAX_NAME)}`);
  if (!namePattern.test(name)) errors.push(`name part ${nameMessage()}`);
  return errors;
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return dnsSubdomainErrors(prefix).map((message) => `prefix part ${message}`);
}

/** Values of labels: up to 63 characters, or none. */
export const labelValueErrors = patternRule({
  expression: `(${NAME})?`,
  maxBytes: MAX_NAME,
  message:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
    'and must start and end with an alphanumeric character',
  examples: ['MyValue', 'my_value', '12345'],
});

/** Complains about a label key at `path`. */
export function validateQualifiedName(text: string, path: Path, errors: FieldErrors): void {
  errors.invalidEach(path, text, qualifiedNameErrors(text));
}

/** Keys and values of a map of labels. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  if (labels === undefined) return;
  for (const key of Object.keys(labels)) {
    const value = labels[key] ?? '';
    errors.invalidEach(path, key, qualifiedNameErrors(key));
    errors.invalidEach(path, value, labelValueErrors(value));
  }
}
