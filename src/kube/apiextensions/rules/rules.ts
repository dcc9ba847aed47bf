import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  type KubeObject,
  required,
  type Schema,
  type ValidationRule,
} from '#kube/api';
import { Path } from '#kube/api/values';
import {
  Budget,
  type CelType,
  CostExceededError,
  EvaluationError,
  fromJson,
  Optional,
  PER_CALL_LIMIT,
  PER_OBJECT_LIMIT,
} from '#kube/cel';
import { fieldOf, isObject, jsonEqual } from '../schema/json-value.ts';
import { oldItemOf } from '../schema/old-items.ts';
import { type CompiledRule, ruleCompiler } from './compile-rule.ts';
import { celType } from './schema-type.ts';

/** Evaluates the CEL rules of a schema on an object. */
export interface Rules {
  (object: KubeObject, old: KubeObject | undefined): FieldError[];
  /** Are there any? */
  readonly any: boolean;
}

/** The rules of a schema and of those below it. */
interface RuleNode {
  readonly schema: Schema;
  readonly type: CelType | undefined;
  readonly rules: readonly CompiledRule[];
  readonly fields: ReadonlyMap<string, RuleNode>;
  readonly values: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

/** Compiles the `x-kubernetes-validations` of a schema. Rules that cannot be compiled (CRDs from elsewhere) are left out. */
export function compileRules(schema: Schema): Rules {
  const root = nodeOf(schema, 'selfType', true);
  if (root === undefined) return Object.assign(() => [], { any: false });
  const rules = (object: KubeObject, old: KubeObject | undefined) => new RuleRun().run(root, object, old);
  return Object.assign(rules, { any: true });
}

/** Undefined where neither the schema nor anything below has rules. */
function nodeOf(schema: Schema, name: string, isRoot = false): RuleNode | undefined {
  const { properties = {}, additionalProperties: values, items } = schema;
  const fields = new Map<string, RuleNode>();
  for (const [field, inner] of Object.entries(properties)) {
    const node = nodeOf(inner, `${name}.${field}`);
    if (node !== undefined) fields.set(field, node);
  }
  const node = {
    schema,
    fields,
    values: typeof values === 'object' ? nodeOf(values, `${name}.@elem`) : undefined,
    items: items === undefined ? undefined : nodeOf(items, `${name}.@idx`),
  };
  const own = schema['x-kubernetes-validations'] ?? [];
  if (own.length === 0 && fields.size === 0 && node.values === undefined && node.items === undefined) return undefined;
  const type = own.length === 0 ? undefined : celType(schema, name, isRoot);
  const compile = type === undefined ? undefined : ruleCompiler(type);
  const rules = own.flatMap((rule) => compile?.(rule).rule ?? []);
  return { ...node, type, rules };
}

/** One pass over one object, within one budget. */
class RuleRun {
  readonly #errors: FieldError[] = [];
  #left = PER_OBJECT_LIMIT;
  #stopped = false;

  run(root: RuleNode, object: KubeObject, old: KubeObject | undefined): FieldError[] {
    this.#visit(root, object, old, new Path(''));
    return this.#errors;
  }

  #visit(node: RuleNode, value: unknown, old: unknown, path: Path): void {
    if (this.#stopped || value === null || value === undefined) return;
    this.#rules(node, value, old, path);
    if (Array.isArray(value) && node.items !== undefined) {
      const before = oldItemOf(node.schema, old);
      const isCorrelated = node.schema['x-kubernetes-list-type'] === 'map';
      for (const [index, item] of value.entries())
        this.#visit(node.items, item, isCorrelated ? before(item, index) : undefined, path.index(index));
    } else if (isObject(value)) this.#children(node, value, old, path);
  }

  #children(node: RuleNode, value: Record<string, unknown>, old: unknown, path: Path): void {
    const before = node.schema['x-kubernetes-map-type'] === 'atomic' ? undefined : old;
    if (node.values === undefined) {
      for (const [name, field] of node.fields) {
        if (Object.hasOwn(value, name)) this.#visit(field, value[name], fieldOf(before, name), path.child(name));
      }
      return;
    }
    for (const name in value) this.#visit(node.values, value[name], fieldOf(before, name), path.key(name));
  }

  #rules({ rules, type, schema }: RuleNode, value: unknown, old: unknown, path: Path): void {
    if (rules.length === 0 || type === undefined) return;
    const self = fromJson(value, type);
    const hasOld = old !== undefined && old !== null;
    const oldSelf = hasOld ? fromJson(old, type) : undefined;
    let unchanged: boolean | undefined;
    for (const rule of rules) {
      if (this.#stopped) return;
      const isOptional = rule.rule.optionalOldSelf === true;
      if (rule.usesOldSelf && !hasOld && !isOptional) continue;
      const bindings = { self, oldSelf: isOptional ? new Optional(oldSelf) : oldSelf };
      const error = this.#evaluate(rule, bindings, schema, path);
      if (error === undefined) continue;
      // Ratcheting: who did not touch the value is not told that it is wrong.
      if (!rule.usesOldSelf && hasOld) {
        unchanged ??= jsonEqual(value, old);
        if (unchanged) continue;
      }
      this.#errors.push(error);
    }
  }

  #evaluate(
    { rule, program, message }: CompiledRule,
    bindings: Record<string, unknown>,
    schema: Schema,
    path: Path,
  ): FieldError | undefined {
    const type: string = schema.type ?? '';
    const field = path.toString() === '' ? '<nil>' : path.toString();
    if (this.#left <= 0) return this.#stop(field, type);
    const budget = new Budget(Math.min(PER_CALL_LIMIT, this.#left));
    try {
      const holds = program.evaluate(bindings, budget);
      this.#left -= budget.spent;
      if (holds === true) return undefined;
    } catch (error) {
      this.#left -= budget.spent;
      return this.#failure(error, rule, field, type);
    }
    const text = message === undefined ? undefined : this.#message(message, bindings);
    const at = rule.fieldPath === undefined ? path.toString() : `${path}${rule.fieldPath}`.replace(/^\./, '');
    return complaint(rule, at === '' ? '<nil>' : at, type, text ?? defaultMessage(rule));
  }

  /** What the message expression says; undefined where it fails or says nothing that can be shown. */
  #message(program: CompiledRule['program'], bindings: Record<string, unknown>): string | undefined {
    const budget = new Budget(Math.max(1, Math.min(PER_CALL_LIMIT, this.#left)));
    try {
      const text = program.evaluate(bindings, budget);
      return typeof text === 'string' && text.trim() !== '' && !/[\r\n]/.test(text) ? text.trim() : undefined;
    } catch (error) {
      if (error instanceof EvaluationError || error instanceof CostExceededError) return undefined;
      throw error;
    } finally {
      this.#left -= budget.spent;
    }
  }

  #failure(error: unknown, rule: ValidationRule, field: string, type: string): FieldError {
    if (error instanceof CostExceededError) {
      if (this.#left <= 0) return this.#stop(field, type);
      this.#stopped = true;
      const why = 'no further validation rules will be run due to call cost exceeds limit for rule';
      return invalid(field, type, `'${error.message}': ${why}: ${textOf(rule)}`);
    }
    if (!(error instanceof EvaluationError)) throw error;
    if (error.message.startsWith('no such overload')) {
      const why = 'call arguments did not match a supported operator, function or macro signature for rule';
      return invalid(field, type, `'${error.message}': ${why}: ${textOf(rule)}`);
    }
    return invalid(field, type, `${error.message} evaluating rule: ${textOf(rule)}`);
  }

  #stop(field: string, type: string): FieldError {
    this.#stopped = true;
    const message = 'validation failed due to running out of cost budget, no further validation rules will be run';
    return invalid(field, type, message);
  }
}

function textOf({ rule, message }: ValidationRule): string {
  return (message ?? '') === '' ? rule.trim() : (message as string).trim();
}

function defaultMessage(rule: ValidationRule): string {
  return (rule.message ?? '') === '' ? `failed rule: ${textOf(rule)}` : textOf(rule);
}

function complaint({ reason }: ValidationRule, field: string, type: string, message: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(field, message);
    case 'FieldValueRequired':
      return required(field, message);
    case 'FieldValueDuplicate':
      return duplicate(field, type);
    default:
      return invalid(field, type, message);
  }
}
