/** The subset of Go's text/template that --format needs, with docker's functions. */
import { CliError } from '../errors.ts';
import { goText, isTrue, templateFunctions } from './functions.ts';
import { type Node, type Operand, type Pipeline, parseTemplate } from './parser.ts';

type Scope = Map<string, unknown>;

/** A template, ready to be run on many values. */
export class Template {
  readonly #nodes: Node[];

  /** Throws CliError where the template is malformed. */
  constructor(source: string) {
    this.#nodes = parseTemplate(source);
  }

  /** The text for one value. Throws CliError for a field or function that is not there. */
  render(value: unknown): string {
    const out: string[] = [];
    run(this.#nodes, value, new Map([['$', value]]), out);
    return out.join('');
  }
}

function run(nodes: readonly Node[], dot: unknown, scope: Scope, out: string[]): void {
  for (const node of nodes) {
    if (node.kind === 'text') out.push(node.text);
    else if (node.kind === 'print') print(node.pipeline, dot, scope, out);
    else if (node.kind === 'range') range(node, dot, scope, out);
    else branch(node, dot, scope, out);
  }
}

function print(pipeline: Pipeline, dot: unknown, scope: Scope, out: string[]): void {
  const value = evaluate(pipeline, dot, scope);
  if (pipeline.declare.length === 0) out.push(goText(value));
}

type Block = Extract<Node, { body: Node[] }>;

function branch(node: Block, dot: unknown, scope: Scope, out: string[]): void {
  const inner = new Map(scope);
  const value = evaluate(node.pipeline, dot, inner);
  if (isTrue(value)) run(node.body, node.kind === 'with' ? value : dot, inner, out);
  else run(node.otherwise, dot, inner, out);
}

/** Maps are visited in the order of their keys, as Go does. */
function range(node: Block, dot: unknown, scope: Scope, out: string[]): void {
  const { declare } = node.pipeline;
  const collection = evaluate({ ...node.pipeline, declare: [] }, dot, scope);
  const entries = entriesOf(collection);
  if (entries.length === 0) run(node.otherwise, dot, scope, out);
  for (const [key, value] of entries) {
    const inner = new Map(scope);
    const [first, second] = declare;
    if (second !== undefined) inner.set(second, value);
    if (first !== undefined) inner.set(first, second === undefined ? value : key);
    run(node.body, value, inner, out);
  }
}

function entriesOf(collection: unknown): [string | number, unknown][] {
  if (Array.isArray(collection)) return collection.map((value, index) => [index, value]);
  if (collection === null || collection === undefined) return [];
  if (typeof collection === 'object') return Object.entries(collection).sort(([a], [b]) => (a < b ? -1 : 1));
  throw new CliError(`template: range can't iterate over ${goText(collection)}`);
}

function evaluate(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
  let value: unknown;
  pipeline.commands.forEach((command, index) => {
    value = callCommand(command, index === 0 ? [] : [value], dot, scope);
  });
  for (const name of pipeline.declare) scope.set(name, value);
  return value;
}

function callCommand(command: readonly Operand[], piped: unknown[], dot: unknown, scope: Scope): unknown {
  const [head, ...rest] = command;
  if (head === undefined) return undefined;
  const args = () => [...rest.map((operand) => operandValue(operand, dot, scope)), ...piped];
  if (head.kind === 'call') return callFunction(head.name, args());
  const value = operandValue(head, dot, scope);
  // Row objects offer methods, such as `.Label "key"`.
  if (typeof value === 'function') return value(...args());
  if (rest.length + piped.length > 0) throw new CliError(`template: can't give arguments to ${goText(value)}`);
  return value;
}

function callFunction(name: string, args: unknown[]): unknown {
  const fn = Object.hasOwn(templateFunctions, name) ? templateFunctions[name] : undefined;
  if (fn === undefined) throw new CliError(`template: function "${name}" not defined`);
  return fn(...args);
}

function operandValue(operand: Operand, dot: unknown, scope: Scope): unknown {
  if (operand.kind === 'literal') return operand.value;
  if (operand.kind === 'dot') return field(dot, operand.fields);
  if (operand.kind === 'call') return callFunction(operand.name, []);
  if (operand.kind === 'group') return field(evaluate(operand.pipeline, dot, scope), operand.fields);
  if (!scope.has(operand.name)) throw new CliError(`template: undefined variable "${operand.name}"`);
  return field(scope.get(operand.name), operand.fields);
}

function field(value: unknown, names: readonly string[]): unknown {
  return names.reduce((current, name) => {
    if (current === null || current === undefined) return current;
    if (typeof current === 'object' && name in current) return (current as Record<string, unknown>)[name];
    throw new CliError(
      `template: no field "${name}" in ${typeof current === 'object' ? fieldList(current) : goText(current)}`,
    );
  }, value);
}

/** What is there instead, for the error message. */
function fieldList(value: object): string {
  const names = Object.keys(value);
  const shown = names.slice(0, 30).join(', ');
  return Array.isArray(value) ? 'a list: use {{range}} or {{index}}' : `{${shown}${names.length > 30 ? ', …' : ''}}`;
}
