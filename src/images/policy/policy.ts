/**
 * What may be pulled and run, by registry and repository:
 *
 *     { "default": "accept",
 *       "rules": {
 *         "docker.io": "reject",
 *         "registry.example.org/team": { "signedBy": { "sigstoreKeys": ["/etc/hako/keys/team.pub"] } },
 *         "*.example.net": { "signedBy": { "notationCertificates": ["/etc/hako/ca.pem"], "notationIdentities": ["O=Example"] } } } }
 *
 * A key is a host, a host and the beginning of a path, a whole repository, or `*.domain`. The longest that fits decides.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { errorMessage, HakoError } from '#base';

/** Who must have signed: one of them suffices. All in PEM. */
export interface SignedBy {
  type: 'signedBy';
  /** Public keys, as `cosign generate-key-pair` writes them. */
  sigstoreKeys: readonly string[];
  /** Certificates to which that of a notation signature must lead: roots, or the signer's own. */
  notationCertificates: readonly string[];
  /** Subjects that a signer may have, such as `CN=release,O=Example`; empty: any below the certificates. */
  notationIdentities: readonly string[];
}

export type Requirement = { type: 'accept' } | { type: 'reject' } | SignedBy;

export interface Policy {
  default: Requirement;
  rules: readonly { scope: string; requirement: Requirement }[];
}

export const ACCEPT_ALL: Policy = { default: { type: 'accept' }, rules: [] };

/** What is required of a repository (`registry.example.org/team/app`), and the scope that says so. */
export function requirementFor(policy: Policy, repository: string): { scope: string; requirement: Requirement } {
  const fitting = policy.rules.filter(({ scope }) => fits(scope, repository));
  const [longest] = fitting.toSorted((a, b) => rank(b.scope) - rank(a.scope));
  return longest ?? { scope: 'default', requirement: policy.default };
}

/** What names the host exactly goes before any `*.domain`. */
function rank(scope: string): number {
  return scope.startsWith('*.') ? scope.length : scope.length + 1000;
}

function fits(scope: string, repository: string): boolean {
  if (repository === scope || repository.startsWith(`${scope}/`)) return true;
  const host = repository.slice(0, repository.indexOf('/')).replace(/:\d+$/, '');
  return scope.startsWith('*.') && host.endsWith(scope.slice(1));
}

function wrong(where: string, wanted: string): HakoError {
  return new HakoError('invalid', `policy: ${where} must be ${wanted}`);
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(where, 'an object');
}

/** Throws where there is a key that nobody knows: a rule that is misspelt must not be silently void. */
function only(value: Record<string, unknown>, where: string, ...known: string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new HakoError('invalid', `policy: ${where} has no "${unknown}": use ${known.join(', ')}`);
}

function texts(value: unknown, where: string): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((each): each is string => typeof each === 'string')) return value;
  throw wrong(where, 'a list of texts');
}

/** Checks a policy and reads the files that it names. Throws `invalid`. */
export function parsePolicy(value: unknown): Policy {
  const policy = record(value, 'the whole');
  only(policy, 'it', 'default', 'rules');
  const rules = Object.entries(record(policy.rules ?? {}, 'rules')).map(([scope, rule]) => {
    if (!/^(\*\.)?[A-Za-z0-9[][A-Za-z0-9._:[\]-]*(\/[a-z0-9._/-]*[a-z0-9])?$/.test(scope))
      throw wrong(`the scope ${JSON.stringify(scope)}`, 'a host, a repository, or *.domain');
    return { scope, requirement: parseRequirement(rule, `rules[${JSON.stringify(scope)}]`) };
  });
  return { default: parseRequirement(policy.default ?? 'accept', 'default'), rules };
}

function parseRequirement(value: unknown, where: string): Requirement {
  if (value === 'accept' || value === 'reject') return { type: value };
  const rule = record(value, where);
  only(rule, where, 'signedBy');
  const signedBy = record(rule.signedBy, `${where}.signedBy`);
  only(signedBy, `${where}.signedBy`, 'sigstoreKeys', 'notationCertificates', 'notationIdentities');
  const sigstoreKeys = texts(signedBy.sigstoreKeys, `${where}.sigstoreKeys`).map(readPem);
  const notationCertificates = texts(signedBy.notationCertificates, `${where}.notationCertificates`).map(readPem);
  if (sigstoreKeys.length + notationCertificates.length === 0) throw wrong(where, 'signed by at least one key');
  const notationIdentities = texts(signedBy.notationIdentities, `${where}.notationIdentities`);
  return { type: 'signedBy', sigstoreKeys, notationCertificates, notationIdentities };
}

/** A path of a PEM file, or the PEM itself. */
function readPem(text: string): string {
  if (text.startsWith('-----BEGIN ')) return text;
  if (!isAbsolute(text)) throw wrong(JSON.stringify(text), 'PEM, or the absolute path of a PEM file');
  try {
    return readFileSync(text, 'utf8');
  } catch (cause) {
    throw new HakoError('invalid', `policy: cannot read ${text}: ${errorMessage(cause)}`, { cause });
  }
}
