import { unprocessable } from '../unprocessable.ts';
import { deepCopy, getOwn, isJsonObject, type JsonObject, jsonEqual, setOwn } from '../values.ts';
import { type Operation, parseOperations } from './operation.ts';
import { listIndex } from './pointer.ts';

/** Copies may grow a document by so much in all, as upstream: its largest body. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

/**
 * Applies a JSON patch (RFC 6902) to a document. Nothing is changed in place; the result shares parts with both. Throws
 * a 400 for a malformed patch, a 422 for one that does not fit the document or whose `test` fails, a 413 for too many
 * operations.
 */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  const patched = new PatchedDocument(document);
  for (const operation of parseOperations(patch)) patched.apply(operation);
  return patched.root;
}

/** A document that is changed step by step: a container is copied once, before its first change. */
class PatchedDocument {
  root: unknown;
  readonly #copies = new WeakSet<object>();
  #copiedBytes = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply(operation: Operation): void {
    const { path } = operation;
    switch (operation.op) {
      case 'add':
        this.#add(path, operation.value);
        break;
      case 'remove':
        this.#remove(path);
        break;
      case 'replace':
        find(this.root, path);
        this.#change(path, (parent, token) => put(parent, token, operation.value), operation.value);
        break;
      case 'test':
        if (jsonEqual(findForTest(this.root, path), operation.value)) break;
        throw unprocessable(`testing value ${show(path)} failed: test failed`);
      case 'copy':
        this.#add(path, this.#copyOf(find(this.root, operation.from)));
        break;
      case 'move':
        this.#move(operation.from, path);
    }
  }

  #remove(path: string[]): unknown {
    const removed = find(this.root, path);
    this.#change(path, remove);
    return removed;
  }

  #move(from: string[], path: string[]): void {
    if (from.length < path.length && from.every((token, index) => token === path[index])) {
      throw unprocessable(`cannot move ${show(from)} into itself, to ${show(path)}`);
    }
    this.#add(path, this.#remove(from));
  }

  /** A real copy: both places may be changed by later operations. */
  #copyOf(value: unknown): unknown {
    const text = JSON.stringify(value);
    this.#copiedBytes += Buffer.byteLength(text);
    if (this.#copiedBytes <= MAX_COPIED_BYTES) return deepCopy(value);
    throw unprocessable(
      `Unable to complete the copy, the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${MAX_COPIED_BYTES}`,
    );
  }

  #add(path: string[], value: unknown): void {
    this.#change(
      path,
      (parent, token) => {
        if (Array.isArray(parent)) parent.splice(insertAt(parent, token, path), 0, value);
        else setOwn(parent, token, value);
      },
      value,
    );
  }

  /** Changes the container at the end of the path; the containers on the way become copies. */
  #change(path: string[], edit: (parent: Container, token: string) => void, whole: unknown = null): void {
    const last = path.at(-1);
    if (last === undefined) {
      this.root = whole;
      return;
    }
    this.root = this.#own(this.root, path);
    let node = this.root as Container;
    for (let at = 0; at < path.length - 1; at++) {
      const token = path[at] as string;
      const child = this.#own(childOf(node, token, path), path);
      put(node, token, child);
      node = child;
    }
    edit(node, last);
  }

  #own(node: unknown, path: string[]): Container {
    if (!Array.isArray(node) && !isJsonObject(node)) throw missing(path);
    if (this.#copies.has(node)) return node;
    const copy = Array.isArray(node) ? [...node] : { ...node };
    this.#copies.add(copy);
    return copy;
  }
}

type Container = unknown[] | JsonObject;

function insertAt(list: unknown[], token: string, path: string[]): number {
  const index = token === '-' ? list.length : listIndex(token);
  if (index === undefined || index > list.length) throw unprocessable(`Unable to access invalid index: ${show(path)}`);
  return index;
}

function remove(parent: Container, token: string): void {
  if (Array.isArray(parent)) parent.splice(Number(token), 1);
  else delete parent[token];
}

function put(parent: Container, token: string, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(token)] = value;
  else setOwn(parent, token, value);
}

function childOf(node: Container, token: string, path: string[]): unknown {
  if (Array.isArray(node)) return node[existingIndex(node, token, path)];
  if (!Object.hasOwn(node, token)) throw missing(path);
  return node[token];
}

function existingIndex(list: unknown[], token: string, path: string[]): number {
  const index = listIndex(token);
  if (index === undefined || index >= list.length) throw missing(path);
  return index;
}

/** The value at a path that must be there. */
function find(document: unknown, path: string[]): unknown {
  let node = document;
  for (const token of path) {
    if (!Array.isArray(node) && !isJsonObject(node)) throw missing(path);
    node = childOf(node, token, path);
  }
  return node;
}

/** A `test` for null passes where nothing is, as upstream's library has it. */
function findForTest(document: unknown, path: string[]): unknown {
  const parent = find(document, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined || !isJsonObject(parent)) return find(document, path);
  return getOwn(parent, last) ?? null;
}

function missing(path: string[]): Error {
  return unprocessable(`the path ${show(path)} does not exist`);
}

function show(path: string[]): string {
  return JSON.stringify(path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
}
