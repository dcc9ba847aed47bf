import { badRequest } from '#kube/api';

/** Where a list goes on. */
export interface ContinuePoint {
  /** The revision that all pages show; -1: the newest, for a list that lost its revision. */
  readonly revision: number;
  /** The last key of the page before. */
  readonly after: string;
  /** The resource's prefix, which is not in the token. */
  readonly prefix: string;
}

/** The opaque `continue` token: base64url of JSON, in upstream's shape (`v`, `rv`, `start`). */
export function encodeContinue({ revision, after, prefix }: ContinuePoint): string {
  const start = `${after.slice(prefix.length)}\0`;
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

/** Reads a token; a 400 for what is none. It names keys below the resource's prefix only, whatever it says. */
export function decodeContinue(token: string, prefix: string): ContinuePoint {
  const refuse = (why: string) => badRequest(`continue key is not valid: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch (error) {
    throw badRequest('continue key is not valid: it cannot be decoded', error);
  }
  if (typeof value !== 'object' || value === null) throw refuse('it is not an object');
  const { v, rv, start } = value as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== 'meta.k8s.io/v1') throw refuse('server does not recognize this encoded version');
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw refuse('incorrect encoded start resourceVersion');
  if (typeof start !== 'string' || start === '' || start.includes('..')) throw refuse('encoded start key is not valid');
  return { revision: rv, after: prefix + start.replace(/\0$/, ''), prefix };
}
