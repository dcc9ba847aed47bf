import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notFoundValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../field.ts';
import type { Path } from './path.ts';

/** Collects the complaints about one object; validations add to it. Paths are printed only when there is a complaint. */
export class FieldErrors {
  readonly list: FieldError[] = [];

  required(path: Path, detail = ''): void {
    this.list.push(required(path.toString(), detail));
  }

  invalid(path: Path, value: unknown, detail: string): void {
    this.list.push(invalid(path.toString(), value, detail));
  }

  /** One `Invalid value` for each message of a rule, such as `dnsLabelErrors`. */
  invalidEach(path: Path, value: unknown, details: readonly string[]): void {
    for (const detail of details) this.invalid(path, value, detail);
  }

  notSupported(path: Path, value: unknown, supported: readonly string[]): void {
    this.list.push(notSupported(path.toString(), value, supported));
  }

  duplicate(path: Path, value: unknown, detail = ''): void {
    this.list.push(withDetail(duplicate(path.toString(), value), detail));
  }

  notFound(path: Path, value: unknown, detail = ''): void {
    this.list.push(withDetail(notFoundValue(path.toString(), value), detail));
  }

  forbidden(path: Path, detail: string): void {
    this.list.push(forbiddenField(path.toString(), detail));
  }

  tooLong(path: Path, maxBytes: number): void {
    this.list.push(tooLong(path.toString(), maxBytes));
  }

  tooMany(path: Path, actual: number, max: number): void {
    this.list.push(tooMany(path.toString(), actual, max));
  }
}

function withDetail(error: FieldError, detail: string): FieldError {
  return detail === '' ? error : { ...error, message: `${error.message}: ${detail}` };
}
