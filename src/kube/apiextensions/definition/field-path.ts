import type { Schema } from '#kube/api';

const STEP = /\.([A-Za-z_][A-Za-z0-9_-]*)|\['((?:[^'\\]|\\.)+)'\]|\[(\d+)\]/y;

/** The schema that a path such as `.spec.color` or `.spec['a.b']` leads to; undefined for a path that leads nowhere. */
export function validFieldPath(path: string, schema: Schema, allowsBrackets = true): Schema | undefined {
  let found: Schema | undefined = schema;
  let at = 0;
  while (at < path.length && found !== undefined) {
    STEP.lastIndex = at;
    const step = STEP.exec(path);
    if (step === null || (!allowsBrackets && step[1] === undefined)) return undefined;
    at = STEP.lastIndex;
    found = step[3] === undefined ? fieldOf(found, step[1] ?? step[2] ?? '') : undefined;
  }
  return path === '' ? undefined : found;
}

function fieldOf({ properties = {}, additionalProperties: values }: Schema, name: string): Schema | undefined {
  if (Object.hasOwn(properties, name)) return properties[name];
  return typeof values === 'object' ? values : undefined;
}
