import { compareElements } from './element.ts';

/**
 * A set of fields in the form of `fieldsV1`: a trie by path elements (see element.ts), children in upstream's order. A
 * node without children is a member of the set; one with children is a member if `.` is among them. The top of a set is
 * no member. Sets are never changed: operations make new ones and share what stays the same.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** The same while it is being built. */
export interface MutableFieldSet {
  [element: string]: FieldSet;
}

/** What marks a node with children as a member. */
export const SELF = '.';

/** The empty set, and every member without children. Frozen because all sets share it. */
export const EMPTY: FieldSet = Object.freeze({});

/** Has the set no members? For a node of a set: is it a member without children? */
export function isEmptySet(set: FieldSet): boolean {
  for (const _element in set) return false;
  return true;
}

/** Is a node a member of the set that it is in? */
export function isMember(node: FieldSet): boolean {
  return Object.hasOwn(node, SELF) || isEmptySet(node);
}

/** The node of a path element. */
export function childOf(set: FieldSet, element: string): FieldSet | undefined {
  return Object.hasOwn(set, element) ? set[element] : undefined;
}

/** A node of children and membership; undefined when it is nothing. `children` is used up. */
function nodeOf(children: MutableFieldSet, member: boolean): FieldSet | undefined {
  if (isEmptySet(children)) return member ? EMPTY : undefined;
  return member ? { [SELF]: EMPTY, ...children } : children;
}

/** The members of both. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const result: MutableFieldSet = {};
  for (const element of unitedElements(a, b)) {
    const [left, right] = [childOf(a, element), childOf(b, element)];
    if (left === undefined || right === undefined) result[element] = (left ?? right) as FieldSet;
    else result[element] = element === SELF ? EMPTY : uniteNodes(left, right);
  }
  return result;
}

function uniteNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const [first, second] = [isEmptySet(a), isEmptySet(b)];
  if (first && second) return EMPTY;
  if (first || second) {
    const other = first ? b : a;
    return Object.hasOwn(other, SELF) ? other : { [SELF]: EMPTY, ...other };
  }
  return union(a, b);
}

function unitedElements(a: FieldSet, b: FieldSet): string[] {
  const elements = Object.keys(a);
  const known = elements.length;
  for (const element in b) if (!Object.hasOwn(a, element)) elements.push(element);
  return elements.length === known ? elements : elements.sort(compareElements);
}

/** The members of `a` that aren't members of `b`. Children of a member of `b` stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return (subtract(a, b, false, false) ?? EMPTY) as FieldSet;
}

/** The members of `a` that neither are members of `b` nor stand below one. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return (subtract(a, b, false, true) ?? EMPTY) as FieldSet;
}

function subtract(a: FieldSet, b: FieldSet, member: boolean, recursive: boolean): FieldSet | undefined {
  const children: MutableFieldSet = {};
  let changed = false;
  for (const element in a) {
    if (element === SELF) continue;
    const [node, other] = [a[element] as FieldSet, childOf(b, element)];
    const kept = other === undefined ? node : subtractNode(node, other, recursive);
    if (kept !== node) changed = true;
    if (kept !== undefined) children[element] = kept;
  }
  if (!changed && member === Object.hasOwn(a, SELF)) return a;
  return nodeOf(children, member);
}

function subtractNode(node: FieldSet, other: FieldSet, recursive: boolean): FieldSet | undefined {
  const gone = isMember(other);
  if (gone && recursive) return undefined;
  if (isEmptySet(node)) return gone ? undefined : node;
  return subtract(node, other, isMember(node) && !gone, recursive);
}

/** The members that both have. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: MutableFieldSet = {};
  for (const element in a) {
    if (element === SELF) continue;
    const [left, right] = [a[element] as FieldSet, childOf(b, element)];
    if (right === undefined) continue;
    const node = nodeOf({ ...intersection(left, right) }, isMember(left) && isMember(right));
    if (node !== undefined) result[element] = node;
  }
  return result;
}

/** The paths of all members, each from the top. */
export function* paths(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  for (const element in set) {
    if (element !== SELF && isMember(set[element] as FieldSet)) yield [...prefix, element];
  }
  for (const element in set) {
    if (element !== SELF) yield* paths(set[element] as FieldSet, [...prefix, element]);
  }
}

/** Have both the same members? */
export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let count = 0;
  for (const element in a) {
    const other = childOf(b, element);
    if (other === undefined || !sameSet(a[element] as FieldSet, other)) return false;
    count++;
  }
  for (const _element in b) count--;
  return count === 0;
}
