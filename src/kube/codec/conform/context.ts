import { badRequest, type StatusError } from '#kube/api';
import { complain, formatPath, type JsonPath } from '../json/path.ts';

/** What one walk over an object knows of where it is and what it met. */
export class ConformContext {
  readonly unknown: string[] = [];
  readonly path: JsonPath = [];
  readonly #prefix: string;
  readonly #conformed: object | undefined;

  /** `prefix` begins every error: which kind could not be decoded. */
  constructor(prefix: string, conformed: object | undefined) {
    this.#prefix = prefix;
    this.#conformed = conformed;
  }

  /** True where the field `key` of the struct at the path has the very value that was conformed before. */
  isConformed(key: string, value: unknown): boolean {
    if (this.#conformed === undefined || typeof value !== 'object') return false;
    if (this.path.length === 0) return fieldOf(this.#conformed, key) === value;
    if (this.path.length > 1 || this.path[0] !== 'metadata') return false;
    return fieldOf(fieldOf(this.#conformed, 'metadata'), key) === value;
  }

  /** Notes a field that the schema does not know. */
  complain(key: string): void {
    this.path.push(key);
    complain(this.unknown, formatPath(this.path));
    this.path.pop();
  }

  /** A 400 about the value at the path. */
  error(message: string): StatusError {
    return badRequest(this.#prefix + message);
  }

  /** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
  mismatch(value: unknown, owner: string, goType: string): StatusError {
    const keys = this.path.filter((step) => typeof step === 'string');
    const field = keys.length === 0 ? `Go value` : `Go struct field ${[owner, ...keys].join('.')}`;
    return this.error(`json: cannot unmarshal ${describe(value)} into ${field} of type ${goType}`);
  }
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** The value as Go's decoder names it in its errors. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isSafeInteger(value) ? 'number' : `number ${value}`;
    case 'string':
      return 'string';
    default:
      return value !== null && typeof value === 'object' && 'rawJSON' in value ? `number ${value.rawJSON}` : 'object';
  }
}
