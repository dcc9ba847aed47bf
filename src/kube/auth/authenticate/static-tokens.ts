import { createHash } from 'node:crypto';
import { HakoError } from '#base';
import type { Authentication } from '../contract.ts';
import { forAudiences } from './audience-agnostic.ts';
import type { TokenAuthenticator } from './token-authenticator.ts';

/**
 * Tokens from a file: CSV lines of token, user name, uid, and groups in quotes with commas between them. Throws a HakoError
 * (`invalid`) with the line that is wrong.
 */
export function staticTokenAuthenticator(csv: string, apiAudiences: readonly string[]): TokenAuthenticator {
  const users = new Map<string, Authentication>();
  for (const [index, line] of csv.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [token = '', name = '', uid = '', groups = ''] = fieldsOf(line, index + 1);
    if (token === '' || name === '') throw wrong(index + 1, 'token and user name must not be empty');
    users.set(hash(token), {
      user: { name, uid, groups: groups === '' ? [] : groups.split(',').map((one) => one.trim()) },
    });
  }
  // By hash: how long a look-up takes says nothing of how much of a guess was right.
  return forAudiences(apiAudiences, (token) => users.get(hash(token)));
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

function fieldsOf(line: string, number: number): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= line.length; ) {
    const quoted = line[at] === '"';
    const end = quoted ? closingQuote(line, at) : indexOr(line, ',', at);
    if (end < 0) throw wrong(number, 'a quote is not closed');
    fields.push(quoted ? line.slice(at + 1, end).replaceAll('""', '"') : line.slice(at, end));
    at = end + (quoted ? 2 : 1);
    if (quoted && end + 1 < line.length && line[end + 1] !== ',') throw wrong(number, 'text follows a closing quote');
  }
  if (fields.length < 3) throw wrong(number, 'at least 3 columns are needed: token, user name and uid');
  return fields;
}

function closingQuote(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] !== '"') continue;
    if (line[at + 1] !== '"') return at;
    at++;
  }
  return -1;
}

function indexOr(line: string, text: string, start: number): number {
  const at = line.indexOf(text, start);
  return at < 0 ? line.length : at;
}

function wrong(line: number, why: string): HakoError {
  return new HakoError('invalid', `token file, line ${line}: ${why}`);
}
