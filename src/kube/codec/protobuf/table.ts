import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HakoError } from '#base';
import { groupVersion, parseGroupVersion } from '#kube/api';
import { type SpecialMessage, specialMessage } from './special.ts';

/** A scalar type of the wire, or a message. */
export type FieldType =
  | 'string'
  | 'bytes'
  | 'raw'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'double'
  | { readonly message: string };

/** One field of a message. */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  readonly shape: 'one' | 'list' | 'map';
  /** A zero that came is a value; otherwise it stands for absence. */
  readonly keepsZero: boolean;
  /** The message's fields stand in the parent's JSON. */
  readonly isInline: boolean;
}

/** One message: its fields by number for reading, from the highest number down for writing. */
export interface Message {
  readonly name: string;
  readonly byNumber: readonly (Field | undefined)[];
  readonly descending: readonly Field[];
  /** Where its JSON is not an object of its fields. */
  readonly special: SpecialMessage | undefined;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const SCALARS: ReadonlySet<string> = new Set(['string', 'bytes', 'raw', 'bool', 'int32', 'int64', 'double']);

interface Table {
  /** The line of each message by full name. */
  readonly lines: ReadonlyMap<string, string>;
  /** Packages by apiVersion. */
  readonly packages: ReadonlyMap<string, string>;
}

let table: Table | undefined;
const messages = new Map<string, Message>();

/** A message by its full name (`io.k8s.api.core.v1.Pod`); its line is read when it is first asked for. */
export function messageNamed(name: string): Message {
  const known = messages.get(name);
  if (known !== undefined) return known;
  const line = readTable().lines.get(name);
  if (line === undefined) throw new HakoError('internal', `No protobuf message is called ${name}`);
  const made = parseMessage(name, line);
  messages.set(name, made);
  return made;
}

/**
 * The full name of a kind's message, or undefined where there is none (CRDs). The kinds of no group (DeleteOptions,
 * Status …) are found under every apiVersion.
 */
export function messageOfKind(apiVersion: string, kind: string): string | undefined {
  const { lines, packages } = readTable();
  const home = packages.get(groupVersion(parseGroupVersion(apiVersion)));
  if (home !== undefined && lines.has(`${home}.${kind}`)) return `${home}.${kind}`;
  return lines.has(`${META}.${kind}`) ? `${META}.${kind}` : undefined;
}

function readTable(): Table {
  table ??= parseTable(['messages.txt', 'extensions.txt']);
  return table;
}

function parseTable(files: readonly string[]): Table {
  const lines = new Map<string, string>();
  const packages = new Map<string, string>();
  let home = '';
  for (const line of files.flatMap((file) => readFileSync(join(import.meta.dirname, file), 'utf8').split('\n'))) {
    if (line === '' || line.startsWith('#')) continue;
    const [first = '', second = ''] = line.split(' ', 2);
    if (line.startsWith('@')) {
      home = first.slice(1);
      packages.set(second, home);
    } else lines.set(`${home}.${first}`, line);
  }
  return { lines, packages };
}

function parseMessage(name: string, line: string): Message {
  const home = name.slice(0, name.lastIndexOf('.'));
  const fields = line
    .split(' ')
    .slice(1)
    .map((text) => parseField(home, text));
  const descending = fields.toSorted((a, b) => b.number - a.number);
  const byNumber: (Field | undefined)[] = Array.from({ length: (descending[0]?.number ?? 0) + 1 });
  for (const field of fields) byNumber[field.number] = field;
  return { name, byNumber, descending, special: specialMessage(name) };
}

/** `initContainers:20:[]Container`, `volumeSource:2^:VolumeSource`, `replicas:1!:int32`. */
function parseField(home: string, text: string): Field {
  const [, name = '', number = '', flags = '', mark = '', type = ''] =
    /^(.+):(\d+)([!^]*):(\[\]|\{\})?(.+)$/.exec(text) ?? [];
  return {
    name,
    number: Number(number),
    type: SCALARS.has(type) ? (type as FieldType) : { message: type.includes('.') ? type : `${home}.${type}` },
    shape: mark === '[]' ? 'list' : mark === '{}' ? 'map' : 'one',
    keepsZero: flags.includes('!'),
    isInline: flags.includes('^'),
  };
}
