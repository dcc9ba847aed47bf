import { CelError, report } from '../cel-error.ts';
import { bytesOf, textOf } from './escapes.ts';

/** One word of an expression. */
export interface Token {
  readonly type: 'identifier' | 'quoted' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'operator' | 'end';
  /** As it stands, for identifiers and operators. */
  readonly text: string;
  readonly value: bigint | number | string | Uint8Array | undefined;
  readonly at: number;
}

const BLANK = /(?:[ \t\r\n\f]|\/\/[^\n]*)+/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /`([A-Za-z0-9_.\-/ ]+)`/y;
const NUMBER =
  /0x([0-9a-fA-F]+)(u|U)?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|(\d+)(u|U)?/y;
const STRING =
  /([bBrR]{0,2})("""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')/y;
const RAW_STRING = /([bB]?[rR]|[rR][bB])("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\r\n]*"|'[^'\r\n]*')/y;
const OPERATOR = /&&|\|\||==|!=|<=|>=|\.\?|\[\?|[-+*/%!<>?:.,()[\]{}]/y;

/** The longest expression that is read; upstream's limit is about that of its parser. */
const MAX_LENGTH = 100_000;

/** Splits an expression into words. Throws a CelError. */
export function tokens(source: string): Token[] {
  if (source.length > MAX_LENGTH)
    throw new CelError(`expression code point size exceeds limit: size: ${source.length}, limit ${MAX_LENGTH}`);
  const found: Token[] = [];
  for (let at = 0; ; ) {
    at += match(BLANK, source, at)?.[0].length ?? 0;
    if (at >= source.length) {
      found.push({ type: 'end', text: '<EOF>', value: undefined, at: source.length });
      return found;
    }
    const token = tokenAt(source, at);
    found.push(token);
    at += token.text.length;
  }
}

function match(regex: RegExp, source: string, at: number): RegExpExecArray | null {
  regex.lastIndex = at;
  return regex.exec(source);
}

function tokenAt(source: string, at: number): Token {
  const string = match(RAW_STRING, source, at) ?? match(STRING, source, at);
  if (string !== null) return stringToken(source, string, at);
  const identifier = match(IDENTIFIER, source, at);
  if (identifier !== null) return { type: 'identifier', text: identifier[0], value: undefined, at };
  const number = match(NUMBER, source, at);
  if (number !== null) return numberToken(source, number, at);
  const quoted = match(QUOTED, source, at);
  if (quoted !== null) return { type: 'quoted', text: quoted[0], value: quoted[1], at };
  const operator = match(OPERATOR, source, at);
  if (operator !== null) return { type: 'operator', text: operator[0], value: undefined, at };
  const rest = source.slice(at, at + 32).split('\n')[0] ?? '';
  throw problem(source, at, `Syntax error: token recognition error at: '${rest}'`);
}

function numberToken(source: string, parts: RegExpExecArray, at: number): Token {
  const [text, hex, hexUnsigned, digits, unsigned] = parts;
  if (hex === undefined && digits === undefined) return { type: 'double', text, value: Number(text), at };
  const value = BigInt(hex === undefined ? (digits as string) : `0x${hex}`);
  if (hexUnsigned === undefined && unsigned === undefined) return { type: 'int', text, value, at };
  if (value >= 2n ** 64n) throw problem(source, at, 'invalid uint literal');
  return { type: 'uint', text, value, at };
}

function stringToken(source: string, [text, prefix = '', literal = '']: RegExpExecArray, at: number): Token {
  const quotes = literal.startsWith('"""') || literal.startsWith("'''") ? 3 : 1;
  const body = literal.slice(quotes, -quotes);
  const isRaw = /r/i.test(prefix);
  try {
    if (/b/i.test(prefix)) return { type: 'bytes', text, value: bytesOf(body, isRaw), at };
    return { type: 'string', text, value: isRaw ? body : textOf(body), at };
  } catch (error) {
    throw problem(source, at, `Syntax error: ${(error as Error).message}`);
  }
}

/** A CelError with one problem. */
export function problem(source: string, at: number, message: string): CelError {
  return new CelError(report(source, [{ at, message }]));
}
