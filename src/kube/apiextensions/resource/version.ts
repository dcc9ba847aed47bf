import type { FieldError, HookContext, KubeObject, ResourceVersion, Schema } from '#kube/api';
import { resolveSchema } from '#kube/api/schema';
import { conform } from '#kube/codec';
import { compileRules, type Rules } from '../rules/rules.ts';
import { compileDefaults, type Defaulter } from '../schema/defaults.ts';
import { compilePruner, type Pruner } from '../schema/prune.ts';
import { publishedSchema, rootSchema } from '../schema/resource-fields.ts';
import { compileValidator, type Validator } from '../schema/validate.ts';
import type { CrdVersion, CustomResourceDefinition } from '../types.ts';
import { columnsOf } from './columns.ts';
import { selectableFieldsOf } from './selectable-fields.ts';

const ANYTHING: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const METADATA: Schema = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: { metadata: { $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } },
};
/** These say that an object cannot be taken for what its schema describes: rules would stumble over it. */
const BLOCKING = new Set(['FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid']);

/** One version of a custom resource: what its schema does to objects. All of it is compiled when it is first needed. */
export class CompiledVersion {
  readonly name: string;
  readonly #crd: CustomResourceDefinition;
  readonly #version: CrdVersion;
  readonly #schema: Schema;
  #pruner: Pruner | undefined;
  #validator: Validator | undefined;
  #rules: Rules | undefined;
  #published: Schema | undefined;
  /** Undefined: the schema has no defaults. */
  readonly setDefaults: Defaulter | undefined;

  constructor(crd: CustomResourceDefinition, version: CrdVersion) {
    this.name = version.name;
    this.#crd = crd;
    this.#version = version;
    this.#schema = version.schema?.openAPIV3Schema ?? ANYTHING;
    this.setDefaults = compileDefaults(this.#schema);
  }

  /** How the rest of the server sees the version. */
  get row(): ResourceVersion {
    const version = this.#version;
    return {
      name: version.name,
      schema: () => this.#publish(),
      columns: columnsOf(version),
      selectableFields: selectableFieldsOf(version),
      conform: (object) => this.conform(object),
      ...(version.deprecated === true ? { deprecationWarning: this.#warning() } : {}),
    };
  }

  /**
   * Does to what a client sent what decoding does to built-in kinds: checks metadata, drops unknown fields. Defaults come later: what is
   * applied server-side must not own them.
   */
  conform(object: KubeObject): { unknown: string[] } {
    const { unknown } = conform(object, METADATA, resolveSchema);
    return { unknown: [...unknown, ...this.prune(object)] };
  }

  prune(object: KubeObject): string[] {
    this.#pruner ??= compilePruner(rootSchema(this.#schema));
    return this.#pruner(object);
  }

  /** Complaints about an object of this version; about what changed only, where the old object is given. */
  validate(object: KubeObject, old: KubeObject | undefined, _context: HookContext): FieldError[] {
    this.#validator ??= compileValidator(this.#schema);
    const errors = this.#validator(object, old);
    if (errors.some(({ reason }) => BLOCKING.has(reason))) return [...errors, ...this.#uncheckedRules()];
    this.#rules ??= compileRules(this.#schema);
    return [...errors, ...this.#rules(object, old)];
  }

  #uncheckedRules(): FieldError[] {
    this.#rules ??= compileRules(this.#schema);
    if (!this.#rules.any) return [];
    const message =
      'Invalid value: null: some validation rules were not checked because the object was invalid; ' +
      'correct the existing errors to complete validation';
    return [{ reason: 'FieldValueInvalid', field: '<nil>', message }];
  }

  #publish(): Schema {
    const { group, names } = this.#crd.spec;
    this.#published ??= publishedSchema(this.#schema, { group, version: this.name, kind: names.kind });
    return this.#published;
  }

  #warning(): string {
    const { group, names } = this.#crd.spec;
    return this.#version.deprecationWarning ?? `${group}/${this.name} ${names.kind} is deprecated`;
  }
}
