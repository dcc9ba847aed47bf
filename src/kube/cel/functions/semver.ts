import { EvaluationError } from '../cel-error.ts';
import { Opaque } from '../values/value.ts';
import { type Overload, overFirst, overload } from './overload.ts';

const VERSION =
  /^(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

class SemverValue extends Opaque {
  readonly typeName = 'kubernetes.Semver';
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [number, number, number], prerelease: readonly string[]) {
    super();
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: Opaque): boolean {
    return other instanceof SemverValue && compareVersions(this, other) === 0;
  }

  override toString(): string {
    return this.numbers.join('.') + (this.prerelease.length === 0 ? '' : `-${this.prerelease.join('.')}`);
  }
}

function parse(text: string): SemverValue | undefined {
  const parts = VERSION.exec(text);
  if (parts === null) return undefined;
  const [, major, minor, patch, prerelease] = parts;
  const identifiers = prerelease?.split('.') ?? [];
  if (identifiers.some((each) => /^0\d+$/.test(each))) return undefined;
  return new SemverValue([Number(major), Number(minor), Number(patch)], identifiers);
}

/** Takes `v1.0` and `01.2` for what was meant, as the second argument `true` asks for. */
function normalize(text: string): string {
  const [, core = '', rest = ''] = /^v?([0-9.]*)(.*)$/.exec(text.trim()) ?? [];
  const numbers = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (numbers.length < 3) numbers.push('0');
  return numbers.join('.') + rest;
}

function parseOrThrow(text: string): SemverValue {
  const version = parse(text);
  if (version === undefined)
    throw new EvaluationError(`semver parse error: ${JSON.stringify(text)} is not a semantic version`);
  return version;
}

function compareVersions(a: SemverValue, b: SemverValue): number {
  for (const at of [0, 1, 2] as const) {
    const difference = a.numbers[at] - b.numbers[at];
    if (difference !== 0) return Math.sign(difference);
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return Math.sign(b.prerelease.length - a.prerelease.length);
  for (let at = 0; at < Math.min(a.prerelease.length, b.prerelease.length); at++) {
    const order = compareIdentifiers(a.prerelease[at] as string, b.prerelease[at] as string);
    if (order !== 0) return order;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Math.sign(Number(a) - Number(b));
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `semver('1.2.3')` and what can be done with it. */
export function semvers(): Overload[] {
  return [
    overload('semver(string): Semver', parseOrThrow, overFirst),
    overload(
      'semver(string, bool): Semver',
      (text: string, loose: boolean) => parseOrThrow(loose ? normalize(text) : text),
      overFirst,
    ),
    overload('isSemver(string): bool', (text: string) => parse(text) !== undefined, overFirst),
    overload(
      'isSemver(string, bool): bool',
      (text: string, loose: boolean) => parse(loose ? normalize(text) : text) !== undefined,
      overFirst,
    ),
    overload('Semver.major(): int', ({ numbers }: SemverValue) => BigInt(numbers[0])),
    overload('Semver.minor(): int', ({ numbers }: SemverValue) => BigInt(numbers[1])),
    overload('Semver.patch(): int', ({ numbers }: SemverValue) => BigInt(numbers[2])),
    overload('Semver.compareTo(Semver): int', (a: SemverValue, b: SemverValue) => BigInt(compareVersions(a, b))),
    overload('Semver.isGreaterThan(Semver): bool', (a: SemverValue, b: SemverValue) => compareVersions(a, b) > 0),
    overload('Semver.isLessThan(Semver): bool', (a: SemverValue, b: SemverValue) => compareVersions(a, b) < 0),
  ];
}
