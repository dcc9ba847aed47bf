import type * as Yaml from 'yaml';
import { badRequest } from '#kube/api';
import { MAX_DEPTH } from '../json/decode-json.ts';
import { setOwn } from '../json/own-property.ts';
import { complain, formatPath, type JsonPath } from '../json/path.ts';

/** So many nodes may come out of aliases: a bomb of nested ones is refused long before it hurts. */
const MAX_ALIASED_NODES = 50_000;
/** And so much text: one long string, named ten thousand times, is a bomb too. */
const MAX_ALIASED_CHARS = 4 * 1024 * 1024;

/** Makes JSON of a parsed YAML document: expands aliases and merge keys (`<<`), notes duplicate keys, refuses bombs. */
export class YamlToJson {
  readonly duplicates: string[] = [];
  readonly #yaml: typeof Yaml;
  readonly #document: Yaml.Document.Parsed;
  readonly #path: JsonPath = [];
  #depth = 0;
  #aliasDepth = 0;
  #aliasedNodes = 0;
  #aliasedChars = 0;

  constructor(yaml: typeof Yaml, document: Yaml.Document.Parsed) {
    this.#yaml = yaml;
    this.#document = document;
  }

  /** The JSON value of a node. Throws a 400 for what JSON has no form for. */
  value(node: unknown): unknown {
    if (this.#depth > MAX_DEPTH) throw badRequest(`the body of the request nests deeper than ${MAX_DEPTH} levels`);
    if (this.#aliasDepth > 0) this.#countAliased(node);
    this.#depth++;
    try {
      if (this.#yaml.isAlias(node)) return this.#alias(node);
      if (this.#yaml.isMap(node)) return this.#map(node);
      if (this.#yaml.isSeq(node)) return this.#list(node);
      return this.#yaml.isScalar(node) ? node.value : null;
    } finally {
      this.#depth--;
    }
  }

  #countAliased(node: unknown): void {
    if (this.#yaml.isScalar(node) && typeof node.value === 'string') this.#aliasedChars += node.value.length;
    if (++this.#aliasedNodes > MAX_ALIASED_NODES || this.#aliasedChars > MAX_ALIASED_CHARS) {
      throw badRequest('error converting YAML to JSON: yaml: document contains excessive aliasing');
    }
  }

  #alias(node: Yaml.Alias): unknown {
    const target = node.resolve(this.#document);
    if (target === undefined) throw badRequest(`error converting YAML to JSON: yaml: unknown anchor '${node.source}'`);
    this.#aliasDepth++;
    try {
      return this.value(target);
    } finally {
      this.#aliasDepth--;
    }
  }

  #list(node: Yaml.YAMLSeq): unknown[] {
    return node.items.map((item, index) => {
      this.#path.push(index);
      const value = this.value(item);
      this.#path.pop();
      return value;
    });
  }

  #map(node: Yaml.YAMLMap): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const merged: unknown[] = [];
    for (const { key, value } of node.items) {
      if (this.#isMergeKey(key)) {
        merged.push(this.value(value));
        continue;
      }
      const name = this.#key(key);
      this.#path.push(name);
      if (Object.hasOwn(object, name)) complain(this.duplicates, formatPath(this.#path));
      setOwn(object, name, this.value(value));
      this.#path.pop();
    }
    for (const base of merged.flat()) mergeInto(object, base);
    return object;
  }

  #isMergeKey(key: unknown): boolean {
    return this.#yaml.isScalar(key) && key.source === '<<' && key.type === this.#yaml.Scalar.PLAIN;
  }

  #key(node: unknown): string {
    const key = this.value(node);
    if (key === null || typeof key !== 'object') return String(key);
    throw badRequest('error converting YAML to JSON: yaml: a key is a list or a map');
  }
}

/** What a map has itself wins over what it merges. */
function mergeInto(object: Record<string, unknown>, base: unknown): void {
  if (typeof base !== 'object' || base === null) {
    throw badRequest('error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value');
  }
  for (const [key, value] of Object.entries(base)) if (!Object.hasOwn(object, key)) setOwn(object, key, value);
}
