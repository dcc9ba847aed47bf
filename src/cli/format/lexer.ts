/** Tokens of Go's text/template: text outside of `{{ }}`, words inside. */
import { CliError } from '../errors.ts';

export type TokenKind = 'text' | 'open' | 'close' | 'field' | 'variable' | 'word' | 'string' | 'number' | 'punctuation';

export interface Token {
  kind: TokenKind;
  /** Strings are unquoted; fields and variables keep their `.` and `$`. */
  text: string;
}

const RULES: readonly [TokenKind | 'space', RegExp][] = [
  ['space', /[ \t\r\n]+/y],
  ['string', /"(?:\\.|[^"\\\n])*"|`[^`]*`/y],
  ['number', /[+-]?\d+(?:\.\d+)?/y],
  ['field', /(?:\.[\p{L}_][\p{L}\p{N}_]*)+|\./uy],
  ['variable', /\$[\p{L}\p{N}_]*/uy],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['punctuation', /:=|[|(),=]/y],
];

/** Splits a template; `{{-` and `-}}` trim the text beside them, comments vanish. Throws CliError. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let trimNext = false;
  for (let at = 0; at < source.length; ) {
    const open = source.indexOf('{{', at);
    const text = source.slice(at, open < 0 ? undefined : open);
    const trimThis = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    pushText(tokens, trimThis ? text.trimEnd() : text, trimNext);
    if (open < 0) break;
    const close = endOfAction(source, open);
    trimNext = /\s-$/.test(source.slice(open, close));
    pushAction(tokens, source.slice(open + (trimThis ? 3 : 2), close - (trimNext ? 1 : 0)));
    at = close + 2;
  }
  return tokens;
}

function pushText(tokens: Token[], text: string, trimStart: boolean): void {
  const trimmed = trimStart ? text.trimStart() : text;
  if (trimmed !== '') tokens.push({ kind: 'text', text: trimmed });
}

/** The index of the `}}` that ends the action, not one inside a string. */
function endOfAction(source: string, open: number): number {
  const pattern = /"(?:\\.|[^"\\\n])*"|`[^`]*`|\/\*[\s\S]*?\*\/|\}\}/g;
  pattern.lastIndex = open + 2;
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source)) {
    if (match[0] === '}}') return match.index;
  }
  throw new CliError(`template: "{{" without "}}" in ${JSON.stringify(source)}`);
}

function pushAction(tokens: Token[], action: string): void {
  if (/^\s*\/\*[\s\S]*\*\/\s*$/.test(action)) return;
  tokens.push({ kind: 'open', text: '{{' });
  for (let at = 0; at < action.length; ) {
    const [kind, text] = match(action, at);
    at += text.length;
    if (kind !== 'space') tokens.push({ kind, text: kind === 'string' ? unquote(text) : text });
  }
  tokens.push({ kind: 'close', text: '}}' });
}

function match(action: string, at: number): [TokenKind | 'space', string] {
  for (const [kind, pattern] of RULES) {
    pattern.lastIndex = at;
    const text = pattern.exec(action)?.[0];
    if (text !== undefined) return [kind, text];
  }
  throw new CliError(`template: unexpected ${JSON.stringify(action[at])} in {{${action}}}`);
}

function unquote(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_, letter: string) => {
    return { n: '\n', t: '\t', r: '\r' }[letter] ?? letter;
  });
}
