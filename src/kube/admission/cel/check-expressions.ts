import { type FieldError, invalid, type KubeObject, type Shared } from '#kube/api';
import type { AdmissionPolicy, WebhookConfiguration } from '#kube/api/resources';
import { type CelEnvironment, type CelType, compileCel } from '#kube/cel';
import { messageOf } from '../common/refuse.ts';
import { conditionEnvironment, policyEnvironment } from './environment.ts';
import { PolicyProgram } from './policy-program.ts';
import { structsToMaps } from './struct-literals.ts';

/** One expression of an object, and what it has to make. */
interface Place {
  readonly field: string;
  readonly expression: string;
  readonly environment: CelEnvironment;
  readonly result?: 'bool' | 'string';
}

/** Complaints about the expressions of a webhook configuration or policy; those that `old` has too are not looked at again. */
export function expressionErrors(object: Shared<KubeObject>, old: Shared<KubeObject> | undefined): FieldError[] {
  const known = new Set(old === undefined ? [] : placesOf(old).map(({ expression }) => expression));
  return placesOf(object).flatMap((place) => (known.has(place.expression) ? [] : (problemOf(place) ?? [])));
}

function placesOf(object: Shared<KubeObject>): Place[] {
  if (object.webhooks === undefined) return policyPlaces(object as Shared<AdmissionPolicy>);
  return ((object as Shared<WebhookConfiguration>).webhooks ?? []).flatMap(({ matchConditions = [] }, i) =>
    conditionPlaces(matchConditions, `webhooks[${i}]`, conditionEnvironment),
  );
}

function conditionPlaces(
  conditions: readonly { readonly expression?: string }[],
  at: string,
  environment: CelEnvironment,
): Place[] {
  return conditions.map(({ expression = '' }, i) => ({
    field: `${at}.matchConditions[${i}].expression`,
    expression,
    environment,
    result: 'bool',
  }));
}

function policyPlaces({ spec }: Shared<AdmissionPolicy>): Place[] {
  const { environment } = new PolicyProgram(spec);
  const { variables = [], validations = [], auditAnnotations = [], mutations = [], matchConditions = [] } = spec;
  const place = (field: string, expression: string | undefined, result?: 'bool' | 'string'): Place[] => {
    if (expression === undefined || expression.trim() === '') return [];
    return [{ field: `spec.${field}`, expression, environment, ...(result === undefined ? {} : { result }) }];
  };
  const types: Record<string, CelType> = {};
  return [
    ...variables.flatMap(({ name = '', expression }, i): Place[] => {
      const before = new PolicyProgram({ variables: variables.slice(0, i) }).environment;
      types[name] = { kind: 'dyn' };
      return place(`variables[${i}].expression`, expression).map((one) => ({ ...one, environment: before }));
    }),
    ...conditionPlaces(matchConditions, 'spec', policyEnvironment(types)),
    ...validations.flatMap(({ expression, messageExpression }, i) => [
      ...place(`validations[${i}].expression`, expression, 'bool'),
      ...place(`validations[${i}].messageExpression`, messageExpression, 'string'),
    ]),
    ...auditAnnotations.flatMap(({ valueExpression }, i) =>
      place(`auditAnnotations[${i}].valueExpression`, valueExpression),
    ),
    ...mutations.flatMap(({ applyConfiguration, jsonPatch }, i) => [
      ...place(`mutations[${i}].applyConfiguration.expression`, applyConfiguration?.expression),
      ...place(`mutations[${i}].jsonPatch.expression`, jsonPatch?.expression),
    ]),
  ];
}

function problemOf({ field, expression, environment, result }: Place): FieldError | undefined {
  try {
    const { type } = compileCel(structsToMaps(expression), environment);
    if (result === undefined || type.kind === 'dyn' || type.kind === result) return undefined;
    return invalid(field, expression, `must evaluate to ${result}`);
  } catch (error) {
    return invalid(field, expression, `compilation failed: ${messageOf(error)}`);
  }
}
