import { type GroupVersionKind, groupVersion, parseGroupVersion, type Shared } from '#kube/api';
import type { AdmissionPolicy, AdmissionRule } from '#kube/api/resources';
import { type CelEnvironment, type CelType, compileCel, DYN } from '#kube/cel';
import { messageOf } from '../common/refuse.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';
import { typedPolicyEnvironment } from './environment.ts';
import { schemaCelType } from './schema-types.ts';

/** An expression that does not fit a kind which the policy is about (`ExpressionWarning`). */
export interface ExpressionWarning {
  /** `spec.validations[0].expression`. */
  readonly fieldRef: string;
  /** Kind by kind, what the compiler says. */
  readonly warning: string;
}

/** As many kinds of one rule are looked at. */
const MAX_TYPES = 10;

interface Typed {
  readonly kind: GroupVersionKind;
  readonly environment: CelEnvironment;
}

/**
 * What is wrong with the validations of a policy, seen the types of the objects that it names without wildcards: upstream's type checking.
 * The policy works all the same, expressions are evaluated on what is there.
 */
export function expressionWarnings({ spec }: Shared<AdmissionPolicy>, types: ResourceTypes): ExpressionWarning[] {
  const params = paramsType(spec.paramKind, types);
  const all = kindsToCheck(spec.matchConstraints?.resourceRules ?? [], types).flatMap((kind): Typed[] => {
    const object = typeOfKind(kind, types);
    return object === undefined ? [] : [{ kind, environment: environmentOf(spec.variables ?? [], object, params) }];
  });
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, expression: string | undefined) => {
    if (expression === undefined || expression === '') return;
    const found = all.flatMap(({ kind, environment }) => problemsOf(kind, expression, environment));
    if (found.length > 0) warnings.push({ fieldRef, warning: found.join('\n') });
  };
  spec.validations?.forEach(({ expression, messageExpression }, index) => {
    check(`spec.validations[${index}].expression`, expression);
    check(`spec.validations[${index}].messageExpression`, messageExpression);
  });
  return warnings;
}

function problemsOf(kind: GroupVersionKind, expression: string, environment: CelEnvironment): string[] {
  try {
    compileCel(expression, environment);
    return [];
  } catch (error) {
    return [`${kind.group}/${kind.version}, Kind=${kind.kind}: ${messageOf(error)}\n`];
  }
}

/** Variables have the types of what they are computed from. */
function environmentOf(
  variables: readonly Shared<{ name?: string; expression?: string }>[],
  object: CelType,
  params: CelType | undefined,
): CelEnvironment {
  const known: Record<string, CelType> = {};
  for (const { name = '', expression = '' } of variables) {
    known[name] = resultOf(expression, typedPolicyEnvironment({ ...known }, object, params));
  }
  return typedPolicyEnvironment(known, object, params);
}

function resultOf(expression: string, environment: CelEnvironment): CelType {
  try {
    return compileCel(expression, environment).type;
  } catch {
    // It is said where it is used.
    return DYN;
  }
}

function paramsType(paramKind: Shared<{ apiVersion?: string; kind?: string }> | undefined, types: ResourceTypes) {
  if (paramKind === undefined) return undefined;
  const { apiVersion = '', kind = '' } = paramKind;
  return typeOfKind({ ...parseGroupVersion(apiVersion), kind }, types);
}

function typeOfKind(kind: GroupVersionKind, types: ResourceTypes): CelType | undefined {
  const described = types.schemaOf(kind);
  return described && schemaCelType(described.schema, `${groupVersion(kind)}.${kind.kind}`, described.resolve);
}

/** The kinds that the rules name: rules with wildcards in groups or versions name none. */
function kindsToCheck(rules: readonly Shared<AdmissionRule>[], types: ResourceTypes): GroupVersionKind[] {
  const found = new Map<string, GroupVersionKind>();
  for (const rule of rules) {
    for (const kind of kindsOf(rule, types).slice(0, MAX_TYPES)) {
      found.set(`${kind.group}\0${kind.version}\0${kind.kind}`, kind);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

function kindsOf(rule: Shared<AdmissionRule>, types: ResourceTypes): GroupVersionKind[] {
  const { apiGroups: groups = [], apiVersions: versions = [] } = rule;
  if ([...groups, ...versions].some((name) => name.includes('*'))) return [];
  const resources = (rule.resources ?? []).filter((name) => !/[*/]/.test(name)).sort();
  return [...groups]
    .sort()
    .flatMap((group) =>
      [...versions]
        .sort()
        .flatMap((version) =>
          resources.flatMap((resource) =>
            types.versionsOf({ group, resource }).filter((one) => one.version === version),
          ),
        ),
    );
}
