import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  opaque,
  optionalOf,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
} from './type.ts';

/** The types of a function: `string.contains(string): bool` is a method. */
export interface Signature {
  readonly name: string;
  readonly isMethod: boolean;
  /** With the target first, for methods. */
  readonly params: readonly CelType[];
  readonly result: CelType;
}

const NAMED: ReadonlyMap<string, CelType> = new Map([
  ['dyn', DYN],
  ['bool', BOOL],
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['string', STRING],
  ['bytes', BYTES],
  ['null', NULL],
  ['duration', DURATION],
  ['timestamp', TIMESTAMP],
  ['type', TYPE],
]);
/** Types of Kubernetes, by the short names that signatures use. */
const OPAQUE: ReadonlyMap<string, string> = new Map([
  ['URL', 'kubernetes.URL'],
  ['IP', 'net.IP'],
  ['CIDR', 'net.CIDR'],
  ['Quantity', 'kubernetes.Quantity'],
  ['Semver', 'kubernetes.Semver'],
  ['Format', 'kubernetes.NamedFormat'],
  ['Authorizer', 'kubernetes.authorization.Authorizer'],
  ['PathCheck', 'kubernetes.authorization.PathCheck'],
  ['GroupCheck', 'kubernetes.authorization.GroupCheck'],
  ['ResourceCheck', 'kubernetes.authorization.ResourceCheck'],
  ['Decision', 'kubernetes.authorization.Decision'],
]);
const METHOD = /^([A-Za-z<>, ]+)\.(\w+)\((.*)\): (.+)$/;
const FUNCTION = /^([^()]+)\((.*)\): (.+)$/;

/** Reads a signature. `T`, `K` and `V` are parameters, other unknown words opaque types. */
export function parseSignature(text: string): Signature {
  const method = METHOD.exec(text);
  // Names with a dot, such as `sets.contains`, belong to functions: their first part is no type.
  if (method !== null && isType(method[1] ?? '')) {
    const [, target = '', name = '', params = '', result = ''] = method;
    return { name, isMethod: true, params: [target, ...split(params)].map(parseType), result: parseType(result) };
  }
  const [, name = '', params = '', result = ''] = FUNCTION.exec(text) ?? [];
  return { name, isMethod: false, params: split(params).map(parseType), result: parseType(result) };
}

function isType(text: string): boolean {
  return NAMED.has(text) || OPAQUE.has(text) || /^(list<|map<|optional<|[TKV]$)/.test(text);
}

/** Splits at commas that are not inside of `<…>`. */
function split(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at] ?? ',';
    if (character === '<') depth++;
    else if (character === '>') depth--;
    else if (character === ',' && depth === 0) {
      const part = text.slice(start, at).trim();
      if (part !== '') parts.push(part);
      start = at + 1;
    }
  }
  return parts;
}

function parseType(text: string): CelType {
  const named = NAMED.get(text);
  if (named !== undefined) return named;
  const generic = /^(list|map|optional)<(.+)>$/.exec(text);
  if (generic !== null) {
    const [first = DYN, second = DYN] = split(generic[2] ?? '').map(parseType);
    if (generic[1] === 'list') return listOf(first);
    return generic[1] === 'map' ? mapOf(first, second) : optionalOf(first);
  }
  return /^[TKVU]$/.test(text) ? { kind: 'parameter', name: text } : opaque(OPAQUE.get(text) ?? text);
}
