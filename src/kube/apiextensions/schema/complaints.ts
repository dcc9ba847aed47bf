import { duplicate, type FieldError, invalid, notSupported, required, tooMany, typeInvalid } from '#kube/api';
import type { Path } from '#kube/api/values';

/** Complaints about one object that are told; a hostile one could have a million. */
const MAX_COMPLAINTS = 200;

/** Collects what is wrong with an object, in the words of upstream's schema validation. */
export class Complaints {
  readonly list: FieldError[] = [];

  get isFull(): boolean {
    return this.list.length >= MAX_COMPLAINTS;
  }

  required(path: Path, detail = ''): void {
    this.list.push(required(path.toString(), detail));
  }

  /** `spec.a in body DETAIL`. */
  invalid(path: Path, value: unknown, detail: string): void {
    this.list.push(invalid(path.toString(), value, `${path} in body ${detail}`));
  }

  /** What a junctor says: it is about the whole, so upstream gives it no field. */
  whole(message: string): void {
    this.list.push(invalid('<nil>', '', message));
  }

  /** `spec.a in body must be of type integer: "string"`. */
  wrongType(path: Path, wanted: string, value: string): void {
    const detail = `${path} in body must be of type ${wanted}: ${JSON.stringify(value)}`;
    this.list.push(typeInvalid(path.toString(), value, detail));
  }

  notSupported(path: Path, value: unknown, supported: readonly unknown[]): void {
    const texts = supported.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
    this.list.push(notSupported(path.toString(), value, texts));
  }

  tooLong(path: Path, max: number): void {
    const message = `Too long: may not be more than ${max} bytes`;
    this.list.push({ reason: 'FieldValueTooLong', field: path.toString(), message });
  }

  tooMany(path: Path, actual: number, max: number): void {
    this.list.push(tooMany(path.toString(), actual, max));
  }

  duplicate(path: Path, value: unknown): void {
    this.list.push(duplicate(path.toString(), value));
  }
}
