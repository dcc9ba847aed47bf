import type { Schema } from '#kube/api';
import type { Path } from '#kube/api/values';
import { Complaints } from './complaints.ts';

/** Adds what is wrong with a value at a path. `old` is the value as it was, undefined where there is none to compare with. */
export type Check = (value: unknown, path: Path, complaints: Complaints, old: unknown) => void;

/** Compiles `allOf`, `anyOf`, `oneOf` and `not`. */
export function compileJunctors(schema: Schema, compile: (schema: Schema) => Check): Check[] {
  const { allOf, anyOf, oneOf, not } = schema;
  const checks: Check[] = [];
  if (anyOf !== undefined && anyOf.length > 0) checks.push(any(anyOf.map(compile)));
  if (oneOf !== undefined && oneOf.length > 0) checks.push(one(oneOf.map(compile)));
  if (allOf !== undefined && allOf.length > 0) checks.push(all(allOf.map(compile)));
  if (not !== undefined) checks.push(none(compile(not)));
  return checks;
}

function attempt(check: Check, value: unknown, path: Path): Complaints {
  const complaints = new Complaints();
  check(value, path, complaints, undefined);
  return complaints;
}

/** The alternative that was nearly met: its complaints help most. */
function nearest(attempts: readonly Complaints[]): Complaints {
  return attempts.reduce((best, each) => (each.list.length < best.list.length ? each : best));
}

function any(checks: readonly Check[]): Check {
  return (value, path, complaints) => {
    const attempts: Complaints[] = [];
    for (const check of checks) {
      const tried = attempt(check, value, path);
      if (tried.list.length === 0) return;
      attempts.push(tried);
    }
    complaints.whole(`${JSON.stringify(String(path))} must validate at least one schema (anyOf)`);
    complaints.list.push(...nearest(attempts).list);
  };
}

function one(checks: readonly Check[]): Check {
  return (value, path, complaints) => {
    const attempts = checks.map((check) => attempt(check, value, path));
    const valid = attempts.filter(({ list }) => list.length === 0).length;
    if (valid === 1) return;
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    complaints.whole(`${JSON.stringify(String(path))} must validate one and only one schema (oneOf). ${found}`);
    if (valid === 0) complaints.list.push(...nearest(attempts).list);
  };
}

function all(checks: readonly Check[]): Check {
  return (value, path, complaints) => {
    const failed = checks.map((check) => attempt(check, value, path)).filter(({ list }) => list.length > 0);
    if (failed.length === 0) return;
    const none = failed.length === checks.length ? '. None validated' : '';
    complaints.whole(`${JSON.stringify(String(path))} must validate all the schemas (allOf)${none}`);
    for (const { list } of failed) complaints.list.push(...list);
  };
}

function none(check: Check): Check {
  return (value, path, complaints) => {
    if (attempt(check, value, path).list.length > 0) return;
    complaints.whole(`${JSON.stringify(String(path))} must not validate the schema (not)`);
  };
}
