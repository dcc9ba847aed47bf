/** What one character class of Unicode weighs against a plain character. */
const UNICODE_WEIGHT = 20;
const TOKEN =
  /\\[pP](?:\{[^}]*\}|.)|\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*\]|\{(\d{1,4})(?:,(\d{0,4}))?\}|[()]|[\s\S]/gu;

/**
 * About how many instructions a regular expression comes to when its repetitions are written out (`(ab){100}` is 200): compiling takes
 * time by these, not by the length of the text.
 */
export function programSize(pattern: string): number {
  const outer: number[] = [];
  let size = 0;
  let last = 0;
  for (const [token, min, max] of pattern.matchAll(TOKEN)) {
    if (token === '(') {
      outer.push(size);
      size = 0;
      last = 0;
    } else if (token === ')') {
      last = size;
      size += outer.pop() ?? 0;
    } else if (min !== undefined) {
      const times = Math.max(Number(min), max === undefined || max === '' ? 0 : Number(max));
      size += last * Math.max(0, times - 1);
      last *= Math.max(1, times);
    } else {
      last = weightOf(token);
      size += last;
    }
  }
  return outer.reduce((sum, each) => sum + each, size);
}

function weightOf(token: string): number {
  if (token.startsWith('\\Q')) return token.length;
  const classes = token.match(/\\[pP]/g)?.length ?? 0;
  return classes > 0 ? classes * UNICODE_WEIGHT : 1;
}
