import { HakoError, parseYaml } from '#base';
import type { AnonymousOptions } from '../authenticate/anonymous.ts';

/** Where a user field comes from: a claim, with text before it, or a CEL expression over `claims`. */
export interface ClaimMapping {
  readonly claim?: string;
  readonly prefix?: string;
  readonly expression?: string;
}

/** One issuer of tokens (`jwt[]` of AuthenticationConfiguration). */
export interface JwtIssuer {
  readonly issuer: {
    readonly url: string;
    readonly discoveryURL?: string;
    readonly certificateAuthority?: string;
    readonly audiences: readonly string[];
    readonly audienceMatchPolicy?: string;
  };
  readonly claimMappings: {
    readonly username: ClaimMapping;
    readonly groups?: ClaimMapping;
    readonly uid?: ClaimMapping;
    readonly extra?: readonly { readonly key: string; readonly valueExpression: string }[];
  };
  readonly claimValidationRules?: readonly {
    readonly claim?: string;
    readonly requiredValue?: string;
    readonly expression?: string;
    readonly message?: string;
  }[];
  readonly userValidationRules?: readonly { readonly expression: string; readonly message?: string }[];
}

/** `apiserver.config.k8s.io/v1` AuthenticationConfiguration. */
export interface AuthenticationConfiguration {
  readonly issuers: readonly JwtIssuer[];
  readonly anonymous: AnonymousOptions | undefined;
}

const VERSIONS: ReadonlySet<unknown> = new Set(
  ['v1', 'v1beta1'].map((version) => `apiserver.config.k8s.io/${version}`),
);

/** Reads the file; throws a HakoError (`invalid`) with the field that is wrong. */
export function parseAuthenticationConfiguration(text: string): AuthenticationConfiguration {
  const value = parseYaml(text) as Record<string, unknown> | null;
  if (value?.kind !== 'AuthenticationConfiguration' || !VERSIONS.has(value.apiVersion)) {
    throw wrong('it must be of apiVersion apiserver.config.k8s.io/v1 and kind AuthenticationConfiguration');
  }
  const issuers = (value.jwt ?? []) as readonly JwtIssuer[];
  if (!Array.isArray(issuers)) throw wrong('jwt is a list');
  for (const [index, one] of issuers.entries()) checkIssuer(one, `jwt[${index}]`);
  const urls = issuers.map(({ issuer }) => issuer.url);
  if (new Set(urls).size < urls.length) throw wrong('jwt[].issuer.url: each issuer may stand there once');
  return { issuers, anonymous: readAnonymous(value.anonymous) };
}

function checkIssuer({ issuer, claimMappings, claimValidationRules = [] }: JwtIssuer, path: string): void {
  for (const field of ['url', 'discoveryURL'] as const) {
    const url = issuer?.[field];
    if (field === 'discoveryURL' && url === undefined) continue;
    if (typeof url !== 'string' || !url.startsWith('https://') || !URL.canParse(url)) {
      throw wrong(`${path}.issuer.${field}: URL scheme must be https`);
    }
  }
  const { audiences, audienceMatchPolicy = '' } = issuer;
  if (!Array.isArray(audiences) || audiences.length === 0)
    throw wrong(`${path}.issuer.audiences: at least one is required`);
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny') {
    throw wrong(`${path}.issuer.audienceMatchPolicy: must be MatchAny for multiple audiences`);
  }
  checkMapping(claimMappings?.username, `${path}.claimMappings.username`, true);
  checkMapping(claimMappings.groups, `${path}.claimMappings.groups`, false);
  checkMapping(claimMappings.uid, `${path}.claimMappings.uid`, false);
  for (const [index, rule] of claimValidationRules.entries()) {
    if ((rule.claim === undefined) === (rule.expression === undefined)) {
      throw wrong(`${path}.claimValidationRules[${index}]: give either claim or expression`);
    }
  }
}

function checkMapping(mapping: ClaimMapping | undefined, path: string, isRequired: boolean): void {
  if (mapping === undefined && !isRequired) return;
  if ((mapping?.claim === undefined) === (mapping?.expression === undefined)) {
    throw wrong(`${path}: give either claim or expression`);
  }
}

function readAnonymous(value: unknown): AnonymousOptions | undefined {
  if (value === undefined) return undefined;
  const { enabled, conditions = [] } = value as { enabled?: unknown; conditions?: { path?: unknown }[] };
  if (typeof enabled !== 'boolean' || !Array.isArray(conditions)) throw wrong('anonymous: enabled is true or false');
  return { enabled, paths: conditions.map(({ path }) => String(path)) };
}

function wrong(why: string): HakoError {
  return new HakoError('invalid', `the authentication configuration cannot be used: ${why}`);
}

/** kube-apiserver's --oidc-* flags. */
export interface OidcFlags {
  readonly issuerUrl: string;
  readonly clientId: string;
  /** Default: `sub`. */
  readonly usernameClaim?: string;
  /** Default: the issuer and `#`, and none for `email`; `-` is none. */
  readonly usernamePrefix?: string;
  readonly groupsClaim?: string;
  readonly groupsPrefix?: string;
  readonly requiredClaims?: Readonly<Record<string, string>>;
  /** PEM. */
  readonly certificateAuthority?: string;
}

/** The issuer that the flags describe. */
export function issuerOfFlags(flags: OidcFlags): JwtIssuer {
  const {
    issuerUrl,
    clientId,
    usernameClaim = 'sub',
    usernamePrefix,
    groupsClaim,
    groupsPrefix = '',
    requiredClaims = {},
  } = flags;
  const prefix = usernamePrefix ?? (usernameClaim === 'email' ? '' : `${issuerUrl}#`);
  const { certificateAuthority } = flags;
  const found: JwtIssuer = {
    issuer: {
      url: issuerUrl,
      audiences: [clientId],
      ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    },
    claimMappings: {
      username: { claim: usernameClaim, prefix: prefix === '-' ? '' : prefix },
      ...(groupsClaim === undefined ? {} : { groups: { claim: groupsClaim, prefix: groupsPrefix } }),
    },
    claimValidationRules: Object.entries(requiredClaims).map(([claim, requiredValue]) => ({ claim, requiredValue })),
  };
  checkIssuer(found, 'oidc');
  return found;
}
