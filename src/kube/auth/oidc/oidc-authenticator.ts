import { errorMessage, HakoError, log } from '#base';
import { badCredentials } from '../authenticate/bad-credentials.ts';
import type { TokenAuthenticator } from '../authenticate/token-authenticator.ts';
import type { Authentication } from '../contract.ts';
import { isSignedBy, type Jwt, parseJwt } from '../tokens/jwt.ts';
import { LruCache } from '../tokens/lru-cache.ts';
import { type CompileExpression, type ReadUser, userReader } from './claims.ts';
import type { JwtIssuer } from './configuration.ts';
import { KeySource } from './key-source.ts';

/** What the authenticator needs. */
export interface OidcOptions {
  readonly issuers: readonly JwtIssuer[];
  /** For expressions in the configuration; without it, one that has some is refused. */
  readonly compile?: CompileExpression;
  readonly apiAudiences: readonly string[];
  readonly nowMs?: () => number;
}

interface Issuer {
  readonly configuration: JwtIssuer['issuer'];
  readonly keys: KeySource;
  readonly readUser: ReadUser;
}

interface Checked {
  readonly authentication: Authentication;
  readonly notBeforeMs: number;
  readonly expiresMs: number;
}

const MAX_CACHED = 1024;
/** A token is looked at anew after this long, so that a key that an issuer takes back is not good for the rest of its tokens' lives. */
const RECHECK_MS = 10 * 60_000;
/** go-oidc allows as much before a token's time. */
const NOT_BEFORE_LEEWAY_MS = 5 * 60_000;

/** Takes ID tokens of OpenID providers. What was checked once is remembered; only new tokens wait for anything. */
export class OidcAuthenticator implements TokenAuthenticator {
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #apiAudiences: readonly string[];
  readonly #nowMs: () => number;
  readonly #checked = new LruCache<string, Checked & { readonly untilMs: number }>(MAX_CACHED);

  constructor({ issuers, compile = noExpressions, apiAudiences, nowMs = Date.now }: OidcOptions) {
    this.#issuers = new Map(
      issuers.map((one) => [
        one.issuer.url,
        { configuration: one.issuer, keys: new KeySource(one.issuer, nowMs), readUser: userReader(one, compile) },
      ]),
    );
    this.#apiAudiences = apiAudiences;
    this.#nowMs = nowMs;
  }

  authenticate(
    token: string,
    audiences?: readonly string[],
  ): Authentication | undefined | Promise<Authentication | undefined> {
    const common = audiences?.filter((one) => this.#apiAudiences.includes(one));
    if (common?.length === 0) return undefined;
    const known = this.#checked.get(token);
    if (known !== undefined && this.#nowMs() < known.untilMs) return this.#use(known, common);
    const jwt = parseJwt(token);
    const issuer = typeof jwt?.claims.iss === 'string' ? this.#issuers.get(jwt.claims.iss) : undefined;
    if (jwt === undefined || issuer === undefined) return undefined;
    return this.#check(token, jwt, issuer).then((checked) => this.#use(checked, common));
  }

  async #check(token: string, jwt: Jwt, issuer: Issuer): Promise<Checked> {
    // What costs nothing to see is seen first: nobody makes us ask an issuer for tokens that cannot count.
    const { exp, nbf, aud } = jwt.claims;
    if (typeof exp !== 'number') throw badCredentials('oidc: the token has no expiry');
    if (this.#nowMs() >= exp * 1000) throw badCredentials('oidc: token is expired');
    const audiences = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : [];
    if (!issuer.configuration.audiences.some((one) => audiences.includes(one))) {
      throw badCredentials(
        `oidc: expected audience in ${JSON.stringify(issuer.configuration.audiences)} got ${JSON.stringify(aud)}`,
      );
    }
    await checkSignature(jwt, issuer);
    const notBeforeMs = typeof nbf === 'number' ? nbf * 1000 - NOT_BEFORE_LEEWAY_MS : 0;
    const checked = { authentication: { user: issuer.readUser(jwt.claims) }, notBeforeMs, expiresMs: exp * 1000 };
    this.#checked.set(token, { ...checked, untilMs: this.#nowMs() + RECHECK_MS });
    return checked;
  }

  #use({ authentication, notBeforeMs, expiresMs }: Checked, audiences: readonly string[] | undefined): Authentication {
    const nowMs = this.#nowMs();
    if (nowMs >= expiresMs) throw badCredentials('oidc: token is expired');
    if (nowMs < notBeforeMs) throw badCredentials('oidc: token is not valid yet');
    return audiences === undefined ? authentication : { ...authentication, audiences };
  }
}

async function checkSignature(jwt: Jwt, { keys, configuration }: Issuer): Promise<void> {
  if (!keys.isOld && isSignedBy(jwt, keys.keys)) return;
  try {
    await keys.refresh();
  } catch (error) {
    const { url: issuer } = configuration;
    log.warn('the keys of an OpenID provider cannot be fetched', { issuer, error: errorMessage(error) });
    if (keys.keys.length === 0) throw badCredentials('oidc: authenticator not initialized', error);
  }
  if (!isSignedBy(jwt, keys.keys)) throw badCredentials('oidc: failed to verify signature');
}

function noExpressions(expression: string): never {
  throw new HakoError(
    'unsupported',
    `the authentication configuration has an expression, and there is no CEL: ${expression}`,
  );
}
