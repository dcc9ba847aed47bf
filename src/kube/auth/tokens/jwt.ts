import { constants, createHash, createPublicKey, type KeyObject, type SigningOptions, sign, verify } from 'node:crypto';
import { HakoError } from '#base';

/** Signature algorithms (RFC 7518, 3.1). Those with shared secrets and `none` are not among them, whatever a token says. */
export type Algorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512';

/** A key that checks signatures, and the algorithms that it may be used with: those of its own type. */
export interface VerifyingKey {
  readonly id: string;
  readonly key: KeyObject;
  readonly algorithms: readonly Algorithm[];
}

/** A token in its parts; nothing of it is checked yet. */
export interface Jwt {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signedText: string;
  readonly signature: Buffer;
}

/** Longer ones are no tokens of ours. */
const MAX_TOKEN_LENGTH = 64 * 1024;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Reads the compact form (RFC 7519); undefined for text that is no JWT. Header fields that change its meaning (`crit`) are refused. */
export function parseJwt(token: string): Jwt | undefined {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) return undefined;
  const dot = token.indexOf('.');
  const lastDot = token.lastIndexOf('.');
  const header = parseObject(token.slice(0, dot));
  const claims = parseObject(token.slice(dot + 1, lastDot));
  if (header === undefined || claims === undefined || 'crit' in header) return undefined;
  return {
    algorithm: typeof header.alg === 'string' ? header.alg : '',
    keyId: typeof header.kid === 'string' ? header.kid : undefined,
    claims,
    signedText: token.slice(0, lastDot),
    signature: Buffer.from(token.slice(lastDot + 1), 'base64url'),
  };
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Is the token signed by one of these keys? The algorithm is the key's; a header that names another makes the token worthless. */
export function isSignedBy(jwt: Jwt, keys: readonly VerifyingKey[]): boolean {
  return keys.some(
    ({ id, key, algorithms }) =>
      (jwt.keyId === undefined || jwt.keyId === id) &&
      algorithms.includes(jwt.algorithm as Algorithm) &&
      verify(
        digestOf(jwt.algorithm),
        Buffer.from(jwt.signedText),
        { key, ...signatureForm(jwt.algorithm) },
        jwt.signature,
      ),
  );
}

/** How RFC 7518 writes signatures: EC as two numbers, PS with RSASSA-PSS. */
function signatureForm(algorithm: string): Omit<SigningOptions, 'key'> {
  if (!algorithm.startsWith('PS')) return { dsaEncoding: 'ieee-p1363' };
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

function digestOf(algorithm: string): string {
  return `sha${algorithm.slice(2)}`;
}

/** Signs tokens with one key. */
export interface SigningKey extends VerifyingKey {
  readonly privateKey: KeyObject;
}

/** A key for signing, from a private key of EC or RSA type. */
export function signingKey(privateKey: KeyObject): SigningKey {
  return { ...verifyingKey(createPublicKey(privateKey)), privateKey };
}

/** A key for checking. Its id is upstream's: the hash of the public key. */
export function verifyingKey(key: KeyObject): VerifyingKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('base64url'), key, algorithms: algorithmsOf(key) };
}

const CURVES: ReadonlyMap<string, Algorithm> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
]);

/** What signatures a key can make. */
export function algorithmsOf(key: KeyObject): readonly Algorithm[] {
  if (key.asymmetricKeyType === 'rsa') return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  const algorithm = CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? '');
  if (key.asymmetricKeyType === 'ec' && algorithm !== undefined) return [algorithm];
  throw new HakoError('unsupported', 'keys for tokens have to be RSA, or EC on P-256, P-384 or P-521');
}

/** The compact form of `claims`, signed. */
export function signJwt(claims: Readonly<Record<string, unknown>>, { id, privateKey, algorithms }: SigningKey): string {
  const algorithm = algorithms[0] as Algorithm;
  const text = `${encode({ alg: algorithm, kid: id })}.${encode(claims)}`;
  const signature = sign(digestOf(algorithm), Buffer.from(text), { key: privateKey, ...signatureForm(algorithm) });
  return `${text}.${signature.toString('base64url')}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
