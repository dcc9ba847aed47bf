import { HakoError } from '#base';
import { type HttpAnswer, readBounded } from '#images/remote';

const MAX_LIST_BYTES = 8 * 2 ** 20;

/** A JSON object of an answer; throws `invalid` where it is none, or too large. */
export async function readJson(answer: HttpAnswer, what: string): Promise<Record<string, unknown>> {
  return parseJson(await readBounded(answer, MAX_LIST_BYTES, what), what);
}

export function parseJson(bytes: Buffer, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new HakoError('invalid', `${what} is no JSON`, { cause });
  }
  throw new HakoError('invalid', `${what} is no object`);
}

export function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Where the next page is (RFC 8288). */
export function linkOf({ headers, url }: HttpAnswer): URL | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(headers.link ?? ''))?.[1];
  return target === undefined ? undefined : (URL.parse(target, url) ?? undefined);
}
