import { badRequest } from '../status.ts';

/** One condition of a label selector. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
  readonly values: readonly string[];
}

/** `metav1.LabelSelector`, as objects carry it. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Requirements that must all hold; none: everything matches. */
export type LabelMatcher = readonly LabelRequirement[];

type Labels = Readonly<Record<string, string>> | undefined;

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** True for a label key or annotation key: `name` or `dns.prefix/name`. */
function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return NAME.test(text);
  const prefix = text.slice(0, slash);
  return prefix.length <= 253 && SUBDOMAIN.test(prefix) && NAME.test(text.slice(slash + 1));
}

/** True for a label's value: up to 63 characters, or none. */
function isLabelValue(text: string): boolean {
  return text === '' || NAME.test(text);
}

/** Does every requirement hold for these labels? */
export function matchesLabels(matcher: LabelMatcher, labels: Labels): boolean {
  return matcher.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return isInteger(value) && BigInt(value) > BigInt(values[0] ?? '0');
    case 'lt':
      return isInteger(value) && BigInt(value) < BigInt(values[0] ?? '0');
  }
}

function isInteger(value: string | undefined): value is string {
  return value !== undefined && /^-?\d{1,19}$/.test(value);
}

const OPERATORS: Readonly<Record<string, LabelRequirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** The matcher of a LabelSelector in an object. Undefined selects nothing, an empty one everything. */
export function labelMatcher(selector: LabelSelector | undefined): LabelMatcher | undefined {
  if (selector === undefined || selector === null) return undefined;
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): LabelRequirement => ({ key, operator: 'in', values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map((expression): LabelRequirement => {
    const operator = OPERATORS[expression.operator];
    if (operator === undefined) throw badRequest(`"${expression.operator}" is not a valid label selector operator`);
    return { key: expression.key, operator, values: expression.values ?? [] };
  });
  return [...equal, ...expressions];
}

/** `a=b,c in (d,e),!f`: what the scale subresource and messages show. */
export function formatLabelMatcher(matcher: LabelMatcher): string {
  return matcher.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    case 'in':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${[...values].sort().join(',')})`;
    case 'notin':
      return `${key} notin (${[...values].sort().join(',')})`;
  }
}

/** Parses `labelSelector=`: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. Throws a 400 that says where it stopped. */
export function parseLabelSelector(text: string): LabelMatcher {
  return new Parser(text).parse();
}

/** A hand-written scanner: linear in the text, whatever it holds. */
class Parser {
  readonly #text: string;
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = text.match(/==|!=|[=!<>(),]|[^\s=!<>(),]+/g) ?? [];
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    if (this.#tokens.length === 0) return requirements;
    for (;;) {
      requirements.push(this.#requirement());
      if (this.#at >= this.#tokens.length) return requirements;
      this.#expect(',');
    }
  }

  #requirement(): LabelRequirement {
    if (this.#peek() === '!') {
      this.#at++;
      return { key: this.#key(), operator: '!', values: [] };
    }
    const key = this.#key();
    const operator = this.#peek();
    if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
    this.#at++;
    switch (operator) {
      case '=':
      case '==':
        return { key, operator: 'in', values: [this.#value()] };
      case '!=':
        return { key, operator: 'notin', values: [this.#value()] };
      case '>':
      case '<':
        return { key, operator: operator === '>' ? 'gt' : 'lt', values: [this.#integer()] };
      case 'in':
      case 'notin':
        return { key, operator, values: this.#values() };
      default:
        throw this.#error(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #values(): string[] {
    this.#expect('(');
    const values = [this.#value()];
    while (this.#peek() === ',') {
      this.#at++;
      values.push(this.#value());
    }
    this.#expect(')');
    return values;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #key(): string {
    const key = this.#tokens[this.#at++];
    if (key === undefined || !isQualifiedName(key)) throw this.#error(`found '${key ?? ''}', expected: a label key`);
    return key;
  }

  /** A value may be empty: `a=` and `a in (,b)`. */
  #value(): string {
    const value = this.#peek();
    if (value === undefined || value === ',' || value === ')') return '';
    this.#at++;
    if (!isLabelValue(value)) throw this.#error(`'${value}' is not a label value`);
    return value;
  }

  #integer(): string {
    const value = this.#tokens[this.#at++];
    if (!isInteger(value))
      throw this.#error(`found '${value ?? ''}', for 'Gt', 'Lt' operators the value must be an integer`);
    return value;
  }

  #expect(token: string): void {
    const found = this.#tokens[this.#at++];
    if (found !== token) throw this.#error(`found '${found ?? ''}', expected: '${token}'`);
  }

  #error(what: string): Error {
    return badRequest(`unable to parse requirement: ${what} in the label selector "${this.#text.slice(0, 256)}"`);
  }
}
