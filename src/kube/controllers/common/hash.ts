const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** No vowels and no digits that look like them: a hash is part of names, and must not spell a word. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short hash of any JSON value, safe in names and label values: FNV-1a of its text with sorted keys. Fields that
 * hold nothing count as absent, so that a default that turns up later as `{}` or `null` changes nothing. `salt` makes
 * another one out of the same value.
 */
export function safeHash(value: unknown, salt = 0): string {
  const text = `${canonicalText(value)}${salt === 0 ? '' : `#${salt}`}`;
  return [...String(fnv1a(text))].map((digit) => SAFE[digit.charCodeAt(0) % SAFE.length]).join('');
}

/** FNV-1a with 32 bits, of a text's UTF-8 bytes. */
export function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[key];
    if (!isNothing(field)) parts.push(`${JSON.stringify(key)}:${canonicalText(field)}`);
  }
  return `{${parts.join(',')}}`;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
