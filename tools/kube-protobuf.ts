/**
 * Makes src/kube/codec/protobuf/messages.txt, the table of protobuf's field numbers, out of upstream's Go packages:
 * `generated.proto` has numbers and types, `types.go` the names in JSON and which fields may be absent. Run by hand
 * for a new release of Kubernetes:
 *
 *   tools/node tools/kube-protobuf.ts GO-SOURCES/k8s.io > src/kube/codec/protobuf/messages.txt
 *
 * where GO-SOURCES/k8s.io holds `api` and `apimachinery` (Debian: golang-k8s-api-dev, golang-k8s-apimachinery-dev).
 * What they don't hold stands in extensions.txt beside the table, written by hand.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { structure } from '../src/kube/api/schema/structure.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** One field of a Go struct: what the .proto file does not say. */
interface GoField {
  readonly json: string;
  /** Embedded: its fields stand in the parent's JSON. */
  readonly isInline: boolean;
  /** A zero that came is a value, not an absence: a pointer, or a field without omitempty. */
  readonly keepsZero: boolean;
}

interface ProtoField {
  readonly name: string;
  readonly number: string;
  /** `string`, `[]Container`, `{}bytes`. */
  readonly type: string;
}

/** The lines of one package: a head, then one line a message. */
function packageLines(folder: string, packageName: string, apiVersion: string): string[] {
  const structs = readStructs(folder);
  const messages = readMessages(join(folder, 'generated.proto'));
  const lines = [...messages].map(([message, fields]) => {
    const tags = structs.get(message);
    return [message, ...fields.map((field) => fieldText(field, tags?.get(field.number)))].join(' ');
  });
  return [`@${packageName} ${apiVersion}`, ...lines.sort()];
}

/** `name:1!:string`: `!` keeps zeros, `^` is inline. */
function fieldText({ name, number, type }: ProtoField, tag: GoField | undefined): string {
  const flags = `${tag?.keepsZero === true ? '!' : ''}${tag?.isInline === true ? '^' : ''}`;
  return `${tag === undefined || tag.json === '' ? name : tag.json}:${number}${flags}:${type}`;
}

/** The messages of a .proto file of the plain shape that go-to-protobuf writes. */
function readMessages(path: string): Map<string, ProtoField[]> {
  const text = readFileSync(path, 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
  const messages = text.matchAll(/^message (\w+) \{(.*?)^\}/gms);
  return new Map([...messages].map(([, name = '', body = '']) => [name, readProtoFields(body)]));
}

function readProtoFields(body: string): ProtoField[] {
  const fields = body.matchAll(/(optional|repeated|map)\s*(<string, )?([\w.]+)>? (\w+) = (\d+);/g);
  return [...fields].map(([, label, , type = '', name = '', number = '']) => {
    const mark = label === 'repeated' ? '[]' : label === 'map' ? '{}' : '';
    return { name, number, type: mark + type.replace(/^\.k8s\.io\./, 'io.k8s.') };
  });
}

/** The tagged fields of all structs in a folder, by struct and field number. */
function readStructs(folder: string): Map<string, Map<string, GoField>> {
  const structs = new Map<string, Map<string, GoField>>();
  for (const file of globSync('*.go', { cwd: folder })) {
    if (/_test\.go$|generated/.test(file)) continue;
    const source = readFileSync(join(folder, file), 'utf8');
    for (const [, name = '', body = ''] of source.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
      structs.set(name, readGoFields(body));
    }
  }
  return structs;
}

function readGoFields(body: string): Map<string, GoField> {
  const fields = body.matchAll(/^\s*(?:\w+\s+)?(\S+)\s+`json:"([^"]*)".*?protobuf:"\w+,(\d+)[^"]*"/gm);
  return new Map(
    [...fields].map(([, type = '', json = '', number = '']) => {
      const [name = '', ...options] = json.split(',');
      const keepsZero = type.startsWith('*') || !options.some((option) => /^omit|^inline$/.test(option));
      return [number, { json: name, isInline: options.includes('inline'), keepsZero }];
    }),
  );
}

/** `io.k8s.api.core.v1` → api/core/v1, where the sources have it. */
function folderOf(root: string, packageName: string): string | undefined {
  const folder = join(root, packageName.replace(/^io\.k8s\./, '').replaceAll('.', '/'));
  return existsSync(join(folder, 'generated.proto')) ? folder : undefined;
}

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error('usage: kube-protobuf.ts GO-SOURCES/k8s.io');
const lines = [
  '# Fields of protobuf messages, by tools/kube-protobuf.ts out of the Go packages of Kubernetes: ' +
    'NAME-IN-JSON:NUMBER:TYPE.',
  '# After the number: ! a zero that came is a value, ^ the fields of the message stand in the parent. ' +
    '[] lists, {} maps of strings.',
];
for (const [name, { group, version }] of structure()) {
  const folder = folderOf(root, name);
  const apiVersion = name === META ? 'meta' : group === '' ? version : `${group}/${version}`;
  if (folder !== undefined) lines.push(...packageLines(folder, name, apiVersion));
}
console.log(lines.join('\n'));
