/** CEL as Kubernetes has it: expressions of users, with types, within a budget. */
export { CelError, CostExceededError, EvaluationError } from './cel-error.ts';
export { type CompiledCel, compileCel } from './compile-cel.ts';
export { MAX_REQUEST_SIZE } from './cost/estimate.ts';
export { type CelEnvironment, celEnvironment } from './environment.ts';
export { Budget, PER_CALL_LIMIT, PER_OBJECT_LIMIT } from './evaluate/budget.ts';
export type { CelBindings } from './evaluate/frame.ts';
export { type Overload, overload } from './functions/overload.ts';
export { type LinearRegex, linearRegex } from './regex/linear-regex.ts';
export { celName } from './types/field-name.ts';
export * from './types/type.ts';
export { fromJson, toJson } from './values/json.ts';
export * from './values/value.ts';
