import { StatusError } from '#kube/api';
import { formatElement } from './element.ts';
import { type FieldSet, paths } from './field-set.ts';
import type { Manager } from './managers.ts';

/** Fields that an apply would change and another manager owns. */
export interface Conflict {
  readonly with: Manager;
  readonly fields: FieldSet;
}

/** 409 with upstream's words and a cause for each field. */
export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.flatMap(({ with: manager, fields }) =>
    [...paths(fields)].map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describeManager(manager)}`,
      field: path.map(formatElement).join(''),
    })),
  );
  return new StatusError(409, 'Conflict', messageOf(conflicts, causes), { causes });
}

function messageOf(conflicts: readonly Conflict[], causes: readonly { message: string; field: string }[]): string {
  const [first] = causes;
  if (first !== undefined && causes.length === 1)
    return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  const lines = conflicts
    .map((conflict) => ({ conflict, name: describeManager(conflict.with) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ conflict, name }) => [
      `conflicts with ${name}:`,
      ...[...paths(conflict.fields)].map((path) => `- ${path.map(formatElement).join('')}`),
    ]);
  return `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
}

/** `"kubectl" with subresource "status" using apps/v1 at …`; appliers have no version. */
function describeManager({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
