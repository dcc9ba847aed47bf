import type { FieldErrors, Path } from '../../values/mod.ts';
import type { CertificateSigningRequestCondition } from './types.ts';

const STATUSES = ['False', 'True', 'Unknown'];
/** Conditions that are set and never taken back. */
const FINAL = ['Approved', 'Denied', 'Failed'];

/** Is it one that only the approval subresource may set? */
export function isApproval({ type }: CertificateSigningRequestCondition): boolean {
  return type === 'Approved' || type === 'Denied';
}

/** Complaints about the conditions of a request. */
export function validateCsrConditions(
  conditions: readonly CertificateSigningRequestCondition[],
  path: Path,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  conditions.forEach((condition, i) => {
    const at = path.index(i);
    const { type = '', status = '' } = condition;
    if (type === '') errors.required(at.child('type'));
    validateStatus(type, status, at.child('status'), errors);
    if (isApproval(condition) && seen.has(type === 'Approved' ? 'Denied' : 'Approved'))
      errors.invalid(at.child('type'), type, 'Approved and Denied conditions are mutually exclusive');
    if (seen.has(type)) errors.duplicate(at.child('type'), type);
    seen.add(type);
  });
}

function validateStatus(type: string, status: string, path: Path, errors: FieldErrors): void {
  const supported = FINAL.includes(type) ? ['True'] : STATUSES;
  if (status === '') errors.required(path);
  else if (!supported.includes(status)) errors.notSupported(path, status, supported);
}

/** Final conditions stay; and who may not approve adds no approval. */
export function validateFinalConditions(
  conditions: readonly CertificateSigningRequestCondition[],
  old: readonly CertificateSigningRequestCondition[],
  mayApprove: boolean,
  path: Path,
  errors: FieldErrors,
): void {
  for (const type of FINAL) {
    const has = conditions.some((condition) => condition.type === type);
    const had = old.some((condition) => condition.type === type);
    if (had && !has) errors.forbidden(path, `updates may not remove a condition of type ${JSON.stringify(type)}`);
    if (has && !had && !mayApprove && type !== 'Failed')
      errors.forbidden(path, `updates may not add a condition of type ${JSON.stringify(type)}`);
  }
}

/** Fills in the times of conditions that are new or changed. */
export function stampConditions(
  conditions: CertificateSigningRequestCondition[] | undefined,
  old: readonly CertificateSigningRequestCondition[],
  now: string,
): void {
  for (const condition of conditions ?? []) {
    const before = old.find(({ type }) => type === condition.type);
    condition.lastUpdateTime ??= now;
    if (condition.lastTransitionTime !== undefined) continue;
    const same = before !== undefined && before.status === condition.status;
    condition.lastTransitionTime = (same ? before.lastTransitionTime : undefined) ?? now;
  }
}
