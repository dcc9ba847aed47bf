import { badRequest, tooLarge } from '#kube/api';
import { getOwn, isJsonObject } from '../values.ts';
import { parsePointer } from './pointer.ts';

/** One operation of RFC 6902, its pointers parsed. */
export type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string[]; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string[] }
  | { readonly op: 'move' | 'copy'; readonly path: string[]; readonly from: string[] };

/** As many as upstream allows. */
const MAX_OPERATIONS = 10_000;

/** Reads a JSON patch document; a 400 for what isn't one, a 413 for more than 10,000 operations. */
export function parseOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch must be a list of operations');
  if (patch.length > MAX_OPERATIONS) {
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  return patch.map(parseOperation);
}

function parseOperation(operation: unknown, index: number): Operation {
  if (!isJsonObject(operation)) throw badRequest(`operation ${index} of the JSON patch is not an object`);
  const path = pointerOf(operation, 'path', index);
  const op = getOwn(operation, 'op');
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      if (!Object.hasOwn(operation, 'value')) throw badRequest(`operation ${index} of the JSON patch has no "value"`);
      return { op, path, value: operation.value };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return { op, path, from: pointerOf(operation, 'from', index) };
    default:
      throw badRequest(`operation ${index} of the JSON patch has an unknown "op": ${JSON.stringify(op)}`);
  }
}

function pointerOf(operation: Record<string, unknown>, field: string, index: number): string[] {
  const pointer = getOwn(operation, field);
  if (typeof pointer === 'string') return parsePointer(pointer);
  throw badRequest(`operation ${index} of the JSON patch has no "${field}"`);
}
