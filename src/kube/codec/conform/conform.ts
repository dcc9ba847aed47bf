import type { Schema, SchemaResolver } from '#kube/api';
import { compileSchema } from './compile.ts';
import { ConformContext } from './context.ts';

/**
 * Does to a decoded value what Go's decoder of a built-in kind does, in place: drops fields that the schema does not
 * know (told in `unknown`: `spec.containers[0].bar`, at most 100), takes null for absent (and for zero in lists and
 * maps), leaves out empty lists and maps that may be absent, writes times and quantities in their canonical form. Where
 * `x-kubernetes-preserve-unknown-fields` stands, unknown fields stay. Throws a 400 in Go's words for a value of a wrong
 * type, an integer out of range, a malformed time or quantity. What `value` shares with `conformed`, an object that has been through
 * this, is left as it is: fields of the object and of its metadata.
 */
export function conform(
  value: unknown,
  schema: Schema,
  resolve: SchemaResolver,
  conformed?: object,
): { unknown: string[] } {
  const resolved = resolve(schema);
  const gvk = resolved['x-kubernetes-group-version-kind']?.[0];
  const context = new ConformContext(gvk === undefined ? '' : prefixOf(gvk), conformed);
  const goName = gvk?.kind ?? schema.$ref?.slice(schema.$ref.lastIndexOf('.') + 1) ?? 'Object';
  compileSchema(resolved, resolve, { goName, isDefinition: false })(value, context, goName);
  return { unknown: context.unknown };
}

function prefixOf({ version, kind }: { version: string; kind: string }): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}: `;
}
