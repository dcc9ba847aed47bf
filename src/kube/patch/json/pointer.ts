import { badRequest } from '#kube/api';

/**
 * The reference tokens of a JSON pointer (RFC 6901): `/a~1b/0` is `['a/b', '0']`; '' is the whole document. Throws a
 * 400.
 */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw badRequest(`the JSON pointer ${JSON.stringify(pointer)} must begin with "/"`);
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const INDEX = /^(?:0|[1-9][0-9]{0,9})$/;

/** The list position that a token names, or undefined. */
export function listIndex(token: string): number | undefined {
  return INDEX.test(token) ? Number(token) : undefined;
}
