import type { KubeObject } from '../../object.ts';
import { type FieldErrors, STATUS } from '../../values/mod.ts';
import type { FlowSchema } from './types.ts';

const CONDITIONS = STATUS.child('conditions');

/** Complaints about the conditions of a flow schema or a priority level. */
export function validateFlowConditions(object: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  const seen = new Set<string>();
  ((object as FlowSchema).status?.conditions ?? []).forEach(({ type = '' }, i) => {
    if (type === '') errors.required(CONDITIONS.index(i).child('type'), 'must not be empty');
    else if (seen.has(type)) errors.duplicate(CONDITIONS.index(i).child('type'), type);
    seen.add(type);
  });
}
