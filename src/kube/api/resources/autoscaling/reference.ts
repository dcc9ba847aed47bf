import { type FieldErrors, type Path, pathSegmentErrors } from '../../values/mod.ts';
import type { CrossVersionObjectReference } from './types.ts';

/** Complaints about a reference to what is scaled, or to what a metric describes. */
export function validateReference(
  { kind = '', name = '' }: CrossVersionObjectReference,
  path: Path,
  errors: FieldErrors,
): void {
  if (kind === '') errors.required(path.child('kind'));
  else errors.invalidEach(path.child('kind'), kind, pathSegmentErrors(kind));
  if (name === '') errors.required(path.child('name'));
  else errors.invalidEach(path.child('name'), name, pathSegmentErrors(name));
}
