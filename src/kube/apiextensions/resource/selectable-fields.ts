import type { KubeObject } from '#kube/api';
import { isRawNumber } from '#kube/codec';
import type { CrdVersion } from '../types.ts';
import { compileJsonPath } from './json-path.ts';

/** What field selectors may ask of a version's objects, by the field's name (`spec.color`). */
export function selectableFieldsOf({
  selectableFields = [],
}: CrdVersion): Record<string, (object: KubeObject) => string> {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = compileJsonPath(jsonPath);
      return [jsonPath.replace(/^\./, ''), (object: KubeObject) => textOf(path(object)[0])];
    }),
  );
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return isRawNumber(value) ? value.rawJSON : String(value);
}
