import type { CrdCondition, CrdNames } from '../types.ts';

/** The names that others in the group have. */
export interface TakenNames {
  /** Plurals, singulars and short names: one space, since kubectl takes any of them. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and list kinds. */
  readonly kinds: ReadonlySet<string>;
}

/** Collects the names of other resources of a group. */
export function takenNames(others: Iterable<Partial<CrdNames>>): TakenNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { plural, singular, shortNames = [], kind, listKind } of others) {
    for (const name of [plural, singular, ...shortNames]) if (name !== undefined && name !== '') resources.add(name);
    for (const name of [kind, listKind]) if (name !== undefined && name !== '') kinds.add(name);
  }
  return { resources, kinds };
}

type Verdict = Omit<CrdCondition, 'lastTransitionTime'>;

/**
 * Which of the names that a CRD wants it gets: each that nobody else in the group has; where one is taken, the CRD keeps the name that it
 * had. The verdict names the last conflict, as upstream's does.
 */
export function acceptNames(
  wanted: CrdNames,
  before: Partial<CrdNames>,
  { resources, kinds }: TakenNames,
): { accepted: CrdNames; verdict: Verdict } {
  const accepted: CrdNames = { plural: '', kind: '', ...before };
  let verdict: Verdict = {
    type: 'NamesAccepted',
    status: 'True',
    reason: 'NoConflicts',
    message: 'no conflicts found',
  };
  const refuse = (reason: string, message: string) => {
    verdict = { type: 'NamesAccepted', status: 'False', reason, message };
  };
  const take = (field: 'plural' | 'singular' | 'kind' | 'listKind', taken: ReadonlySet<string>, reason: string) => {
    const name = wanted[field] ?? '';
    if (name !== '' && taken.has(name)) refuse(reason, `${JSON.stringify(name)} is already in use`);
    else if (name !== '') accepted[field] = name;
  };
  take('plural', resources, 'PluralConflict');
  take('singular', resources, 'SingularConflict');
  const shortNames = wanted.shortNames ?? [];
  const conflicts = shortNames.filter((name) => resources.has(name));
  if (conflicts.length > 0)
    refuse('ShortNamesConflict', conflicts.map((name) => `${JSON.stringify(name)} is already in use`).join(', '));
  else if (shortNames.length > 0) accepted.shortNames = [...shortNames];
  else delete accepted.shortNames;
  take('kind', kinds, 'KindConflict');
  take('listKind', kinds, 'ListKindConflict');
  if (wanted.categories === undefined) delete accepted.categories;
  else accepted.categories = [...wanted.categories];
  return { accepted, verdict };
}
