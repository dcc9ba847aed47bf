import { badCredentials } from '../authenticate/bad-credentials.ts';
import { CREDENTIAL_ID } from '../authenticate/names.ts';
import type { UserInfo } from '../contract.ts';
import type { ClaimMapping, JwtIssuer } from './configuration.ts';

/** Makes functions of CEL expressions; the variables are `claims` or `user`. Throws for expressions that cannot be. */
export type CompileExpression = (expression: string) => (variables: Readonly<Record<string, unknown>>) => unknown;

type Claims = Readonly<Record<string, unknown>>;

/** Reads the user that an issuer's claims describe; a 401 where they don't, or where a rule does not hold. */
export type ReadUser = (claims: Claims) => UserInfo;

/** Makes the reader for an issuer; expressions are compiled now. */
export function userReader(issuer: JwtIssuer, compile: CompileExpression): ReadUser {
  const { claimMappings, claimValidationRules = [], userValidationRules = [] } = issuer;
  const checkClaims = claimValidationRules.map((rule) => claimCheck(rule, compile));
  const username = mappedValue(claimMappings.username, compile);
  const groups = claimMappings.groups && mappedValue(claimMappings.groups, compile);
  const uid = claimMappings.uid && mappedValue(claimMappings.uid, compile);
  const extra = (claimMappings.extra ?? []).map(({ key, valueExpression }) => ({
    key,
    value: compile(valueExpression),
  }));
  const checkUser = userValidationRules.map(({ expression, message = `rule failed: ${expression}` }) => ({
    holds: compile(expression),
    message,
  }));
  return (claims) => {
    for (const check of checkClaims) check(claims);
    const user: UserInfo = {
      name: nameOf(username(claims), claims, claimMappings.username),
      groups: groups === undefined ? [] : textsOf(groups(claims), 'groups', claimMappings.groups?.prefix),
      ...(uid === undefined ? {} : { uid: textOf(uid(claims), 'uid') }),
      ...extraOf(claims, extra),
    };
    const { name, ...rest } = user;
    for (const { holds, message } of checkUser) {
      if (holds({ user: { username: name, ...rest } }) !== true) throw badCredentials(`oidc: ${message}`);
    }
    return user;
  };
}

type Rule = NonNullable<JwtIssuer['claimValidationRules']>[number];

function claimCheck({ claim, requiredValue = '', expression, message }: Rule, compile: CompileExpression) {
  if (expression !== undefined) {
    const holds = compile(expression);
    return (claims: Claims) => {
      if (holds({ claims }) !== true) throw badCredentials(`oidc: ${message ?? `rule failed: ${expression}`}`);
    };
  }
  return (claims: Claims) => {
    if (own(claims, claim ?? '') !== requiredValue)
      throw badCredentials(`oidc: required claim ${claim} is not as required`);
  };
}

function mappedValue({ claim, expression }: ClaimMapping, compile: CompileExpression): (claims: Claims) => unknown {
  if (expression === undefined) return (claims) => own(claims, claim ?? '');
  const evaluate = compile(expression);
  return (claims) => evaluate({ claims });
}

function nameOf(value: unknown, claims: Claims, { claim, prefix = '' }: ClaimMapping): string {
  const name = textOf(value, 'username');
  const verified = own(claims, 'email_verified');
  if (claim === 'email' && verified !== undefined && verified !== true)
    throw badCredentials('oidc: email not verified');
  return `${prefix}${name}`;
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw badCredentials(`oidc: the claim for ${what} is missing or no text`);
}

/** One text or a list of them; a claim that is not there is none. */
function textsOf(value: unknown, what: string, prefix = ''): string[] {
  if (value === undefined || value === null || value === '') return [];
  const values = Array.isArray(value) ? value : [value];
  if (!values.every((one) => typeof one === 'string'))
    throw badCredentials(`oidc: the claim for ${what} is no list of texts`);
  return values.filter((one) => one !== '').map((one) => `${prefix}${one}`);
}

function extraOf(
  claims: Claims,
  extra: readonly { readonly key: string; readonly value: (variables: Claims) => unknown }[],
): Pick<UserInfo, 'extra'> {
  const found = extra.map(({ key, value }): [string, string[]] => [key, textsOf(value({ claims }), `extra ${key}`)]);
  const jti = own(claims, 'jti');
  if (typeof jti === 'string' && jti !== '') found.push([CREDENTIAL_ID, [`JTI=${jti}`]]);
  const kept = found.filter(([, values]) => values.length > 0);
  return kept.length === 0 ? {} : { extra: Object.fromEntries(kept) };
}

function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
