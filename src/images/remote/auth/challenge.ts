/** `WWW-Authenticate` (RFC 9110, section 11.6.1), as far as registries use it. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  scheme: string;
  parameters: Record<string, string>;
}

/** No registry needs so much; what is longer is not read. */
const MAX_CHARS = 8192;
const PARAMETER = /^\s*,?\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;
const SCHEME = /^[\s,]*([A-Za-z][\w-]*)(?=\s|$)(?!\s*=)/;

/** All challenges of a header, in order. What cannot be read ends the list. */
export function parseChallenges(header: string | undefined): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = (header ?? '').slice(0, MAX_CHARS);
  for (let scheme = SCHEME.exec(rest); scheme !== null; scheme = SCHEME.exec(rest)) {
    const challenge: Challenge = { scheme: (scheme[1] ?? '').toLowerCase(), parameters: {} };
    rest = rest.slice(scheme[0].length);
    for (let found = PARAMETER.exec(rest); found !== null; found = PARAMETER.exec(rest)) {
      const value = found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '';
      challenge.parameters[(found[1] ?? '').toLowerCase()] = value;
      rest = rest.slice(found[0].length);
    }
    challenges.push(challenge);
  }
  return challenges;
}
