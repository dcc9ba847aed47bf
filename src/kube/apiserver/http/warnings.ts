/** The longest text of all warnings of an answer, and of one that is kept when there are more, as upstream. */
const MAX_TOTAL_CHARS = 4096;
const MAX_SHORT_CHARS = 256;

/** `Warning: 299 - "text"` headers for an answer: each said once, in order, bounded. */
export function warningHeaders(warnings: readonly string[]): string[] {
  const unique = [...new Set(warnings)];
  const total = unique.reduce((sum, text) => sum + text.length, 0);
  const short = total > MAX_TOTAL_CHARS;
  const headers: string[] = [];
  let used = 0;
  for (const text of unique) {
    const kept = short ? text.slice(0, MAX_SHORT_CHARS) : text;
    if (used + kept.length > MAX_TOTAL_CHARS) break;
    used += kept.length;
    headers.push(`299 - "${quotable(kept)}"`);
  }
  return headers;
}

/** A quoted string of RFC 7230; what no header may hold is replaced. */
function quotable(text: string): string {
  return text
    .replace(/[\\"]/g, '\\$&')
    .replace(/[\r\n\t]/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?');
}
