/** An expression that cannot be compiled. The message is cel-go's report, one problem after another. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

/** An expression that failed on the values it was given: no such key, division by zero. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

/** An expression that was stopped because it cost too much; nothing in an expression can catch it. */
export class CostExceededError extends Error {
  override readonly name = 'CostExceededError';

  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** One problem at a place in the source, counted in characters from 0. */
export interface Problem {
  readonly at: number;
  readonly message: string;
}

/** Problems as cel-go shows them: message, line of the source, and an arrow. */
export function report(source: string, problems: readonly Problem[]): string {
  return problems.map((problem) => show(source, problem)).join('\n');
}

function show(source: string, { at, message }: Problem): string {
  const before = source.slice(0, at).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = source.split('\n')[before.length - 1] ?? '';
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
}
