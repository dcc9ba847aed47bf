import type { Schema, ValidationRule } from '#kube/api';
import type { FieldErrors, Path } from '#kube/api/values';
import { ruleCompiler } from '../rules/compile-rule.ts';
import { celType, countOf, smallestSize } from '../rules/schema-type.ts';
import { validFieldPath } from './field-path.ts';
import { innerSchemas } from './walk.ts';

/** Upstream's limits for what rules may cost at worst: one of them, and all of a schema together. */
const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** Where the walk is. */
interface Place {
  readonly name: string;
  readonly isRoot: boolean;
  /** How many values of this schema an object can have. */
  readonly count: number;
  /** The list or map whose parts have no counterpart in the old object; undefined: there is none above. */
  readonly uncorrelatable: Path | undefined;
}

/** Complaints about the CEL rules of a schema: their form, whether they compile, and what they may cost. */
export function validateRules(schema: Schema, path: Path, errors: FieldErrors, compiles: boolean): void {
  const costs: { readonly path: Path; readonly cost: number }[] = [];
  visit(schema, path, { name: 'selfType', isRoot: true, count: 1, uncorrelatable: undefined });
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  if (total <= SCHEMA_LIMIT) return;
  for (const each of costs
    .toSorted((a, b) => b.cost - a.cost)
    .slice(0, 4)
    .filter(({ cost }) => cost > SCHEMA_LIMIT / 100))
    errors.forbidden(
      each.path,
      'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
    );
  const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
  errors.forbidden(path, costMessage(what, total, SCHEMA_LIMIT));

  function visit(inner: Schema, at: Path, place: Place): void {
    const rules = inner['x-kubernetes-validations'] ?? [];
    const before = errors.list.length;
    for (const [index, rule] of rules.entries())
      validateForm(rule, inner, at.child('x-kubernetes-validations').index(index), errors);
    if (compiles && errors.list.length === before && rules.length > 0)
      costs.push(...compileAll(inner, at, place, errors));
    for (const child of innerSchemas(inner, at)) {
      if (child.kind !== 'junctor') visit(child.schema, child.path, placeOf(child, inner, at, place));
    }
  }
}

function placeOf(child: ReturnType<typeof innerSchemas>[number], parent: Schema, path: Path, place: Place): Place {
  const isAtomicMap = parent['x-kubernetes-map-type'] === 'atomic';
  switch (child.kind) {
    case 'items': {
      const each = parent.maxItems ?? countOf(smallestSize(child.schema) + 1);
      const isMap = parent['x-kubernetes-list-type'] === 'map';
      const uncorrelatable = place.uncorrelatable ?? (isMap ? undefined : path);
      return { name: `${place.name}.@idx`, isRoot: false, count: place.count * each, uncorrelatable };
    }
    case 'additionalProperties': {
      const each = parent.maxProperties ?? countOf(smallestSize(child.schema) + 6);
      return { ...place, name: `${place.name}.@elem`, isRoot: false, count: place.count * each };
    }
    default: {
      const uncorrelatable = place.uncorrelatable ?? (isAtomicMap ? path : undefined);
      return { name: `${place.name}.${child.name}`, isRoot: false, count: place.count, uncorrelatable };
    }
  }
}

function validateForm(rule: ValidationRule, schema: Schema, at: Path, errors: FieldErrors): void {
  const { message = '', messageExpression = '', fieldPath = '', reason } = rule;
  const text = (rule.rule ?? '').trim();
  if (text === '') errors.required(at.child('rule'), 'rule is not specified');
  else if (message !== '' && message.trim() === '')
    errors.invalid(at.child('message'), message, 'message must be non-empty if specified');
  else if (/[\n\r]/.test(message.trim()))
    errors.invalid(at.child('message'), message, 'message must not contain line breaks');
  else if (/[\n\r]/.test(text) && message.trim() === '')
    errors.required(at.child('message'), 'message must be specified if rule contains line breaks');
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.required(at.child('messageExpression'), 'messageExpression must be non-empty if specified');
  if (reason !== undefined && !REASONS.includes(reason)) errors.notSupported(at.child('reason'), reason, REASONS);
  if (fieldPath === '') return;
  if (fieldPath.trim() === '')
    errors.invalid(at.child('fieldPath'), fieldPath, 'fieldPath must be non-empty if specified');
  if (/[\n\r]/.test(fieldPath))
    errors.invalid(at.child('fieldPath'), fieldPath, 'fieldPath must not contain line breaks');
  if (validFieldPath(fieldPath, schema) === undefined)
    errors.invalid(at.child('fieldPath'), fieldPath, 'fieldPath must be a valid path');
}

function compileAll(schema: Schema, path: Path, place: Place, errors: FieldErrors): { path: Path; cost: number }[] {
  const type = celType(schema, place.name, place.isRoot);
  if (type === undefined) return [];
  const compile = ruleCompiler(type);
  const costs: { path: Path; cost: number }[] = [];
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const at = path.child('x-kubernetes-validations').index(index);
    const { rule: compiled, ruleProblem, messageProblem } = compile(rule);
    if (ruleProblem !== undefined) errors.invalid(at.child('rule'), rule, ruleProblem);
    if (messageProblem !== undefined) errors.invalid(at.child('messageExpression'), rule, messageProblem);
    if (compiled === undefined) continue;
    const price = (field: string, what: string, estimate: number) => {
      const cost = estimate * place.count;
      costs.push({ path: at.child(field), cost });
      if (cost > RULE_LIMIT) errors.forbidden(at.child(field), costMessage(what, cost, RULE_LIMIT));
    };
    price('rule', 'estimated rule cost', compiled.program.estimatedCost);
    if (compiled.message !== undefined)
      price('messageExpression', 'estimated messageExpression cost', compiled.message.estimatedCost);
    validateOldSelf(rule, compiled.usesOldSelf, at, place, errors);
  }
  return costs;
}

function validateOldSelf(rule: ValidationRule, isUsed: boolean, at: Path, place: Place, errors: FieldErrors): void {
  if (!isUsed) {
    if (rule.optionalOldSelf !== undefined)
      errors.invalid(
        at.child('optionalOldSelf'),
        rule.optionalOldSelf,
        'may not be set if oldSelf is not used in rule',
      );
  } else if (place.uncorrelatable !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
    errors.invalid(at.child('rule'), rule.rule, detail);
  }
}

function costMessage(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return (
    `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and ` +
    'maxLength where arrays, maps, and strings are declared)'
  );
}
