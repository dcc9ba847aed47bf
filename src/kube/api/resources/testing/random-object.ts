import { resolveSchema } from '../../schema/mod.ts';
import type { Schema } from '../../schema.ts';
import { setEntry } from '../../values/mod.ts';

const TEXTS = [
  ...['', 'a', 'a/b', '/', '*', '*/*', 'A.b', '1', '25%', '-5%', '100m', '1Gi', 'x'.repeat(300), '😀', '\n', '\u0000'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...[
    'In',
    'NotIn',
    'Exists',
    'Indexed',
    'Resource',
    'Pods',
    'RollingUpdate',
    'Limited',
    'Queue',
    'ExactCount',
    'Webhook',
  ],
  ...['0,1-3', '10.0.0.0/8', '::1', '127.0.0.1', '2026-01-01T00:00:00Z', 'https://a/b?c#d', '* * * * *'],
];
const NUMBERS = [0, 1, -1, 5, 100_001, 2 ** 31 - 1, -(2 ** 31)];
const MAX_DEPTH = 9;

/** Makes objects that have the types of a schema and nothing else to be said for them. The same seed makes the same objects. */
export class RandomObjects {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** One object of a schema. */
  next(schema: Schema): Record<string, unknown> {
    return this.#value(schema, 0) as Record<string, unknown>;
  }

  #random(): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return this.#state / 0x7fffffff;
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length) % values.length] as T;
  }

  #value(given: Schema, depth: number): unknown {
    const schema = resolveSchema(given);
    if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string')
      return this.#random() < 0.5 ? this.#pick(NUMBERS) : this.#pick(TEXTS);
    switch (schema.type) {
      case 'string':
        return this.#pick(TEXTS);
      case 'integer':
      case 'number':
        return this.#pick(NUMBERS);
      case 'boolean':
        return this.#random() < 0.5;
      case 'array':
        return Array.from({ length: Math.floor(this.#random() * 3) }, () => this.#value(schema.items ?? {}, depth + 1));
      default:
        return depth > MAX_DEPTH ? {} : this.#object(schema, depth);
    }
  }

  #object({ properties, additionalProperties }: Schema, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [field, schema] of Object.entries(properties ?? {})) {
      if (this.#random() < (depth < 2 ? 0.8 : 0.5)) made[field] = this.#value(schema, depth + 1);
    }
    if (typeof additionalProperties === 'object')
      for (let i = 0; i < 2; i++) setEntry(made, this.#pick(TEXTS), this.#value(additionalProperties, depth + 1));
    return made;
  }
}
