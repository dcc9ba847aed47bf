import { patternRule } from './rule.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORE_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';

const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;

const isSubdomain = new RegExp(`^${SUBDOMAIN}$`);

const labelRule = patternRule({
  expression: LABEL,
  maxBytes: MAX_LABEL,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " +
    'and must start and end with an alphanumeric character',
  examples: ['my-name', '123-abc'],
});

/** RFC 1123 labels: names of namespaces, containers, volumes. */
export function dnsLabelErrors(text: string): readonly string[] {
  const errors = labelRule(text);
  // A sound subdomain that is no label has dots, unless it is merely too long.
  if (errors.length === 0 || !text.includes('.') || !isSubdomain.test(text)) return errors;
  return [...errors.slice(0, -1), 'must not contain dots'];
}

/** RFC 1123 subdomains: the names of most objects. */
export const dnsSubdomainErrors = patternRule({
  expression: SUBDOMAIN,
  maxBytes: MAX_SUBDOMAIN,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
    'and must start and end with an alphanumeric character',
  examples: ['example.com'],
});

/** Subdomains that may have underscores: DNS search domains. */
export const dnsSubdomainWithUnderscoreErrors = patternRule({
  expression: `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`,
  maxBytes: MAX_SUBDOMAIN,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', " +
    'and must start and end with an alphanumeric character',
  examples: ['example.com'],
});

/** RFC 1035 labels, which start with a letter: names of services. */
export const dns1035LabelErrors = patternRule({
  expression: '[a-z]([-a-z0-9]*[a-z0-9])?',
  maxBytes: MAX_LABEL,
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
    'start with an alphabetic character, and end with an alphanumeric character',
  examples: ['my-name', 'abc-123'],
});

/** `*.` and a subdomain: hosts of ingresses. */
export const wildcardSubdomainErrors = patternRule({
  expression: `\\*\\.${SUBDOMAIN}`,
  maxBytes: MAX_SUBDOMAIN,
  message:
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, " +
    "which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  examples: ['*.example.com'],
});
