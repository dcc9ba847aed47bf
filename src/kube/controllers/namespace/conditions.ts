import type { Shared } from '#kube/api';
import { type StatusCondition, withCondition } from '../common/mod.ts';

/** What is left of one resource in a namespace that is being deleted. */
export interface Leftover {
  /** `pods.`, `deployments.apps`: resource, dot, group, as upstream prints it. */
  readonly resource: string;
  readonly count: number;
  /** How many of them each finalizer holds. */
  readonly finalizers: ReadonlyMap<string, number>;
}

/** What became of one round of deletion. */
export interface DeletionRound {
  readonly leftovers: readonly Leftover[];
  /** Messages of what could not be deleted. */
  readonly failures: readonly string[];
  /** Group versions of which nobody knows what they have. */
  readonly unknown: readonly string[];
}

/** One condition that says why a namespace is still there: what it says when all is well, and when not. */
interface Rule {
  readonly type: string;
  readonly fine: readonly [reason: string, message: string];
  readonly problem: (round: DeletionRound) => readonly [reason: string, message: string] | undefined;
}

const RULES: readonly Rule[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    fine: ['ResourcesDiscovered', 'All resources successfully discovered'],
    problem: ({ unknown }) =>
      unknown.length === 0
        ? undefined
        : [
            'DiscoveryFailed',
            `Discovery failed for some groups, ${unknown.length} failing: unable to retrieve the complete list of server APIs: ${stale(unknown)}`,
          ],
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    fine: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    problem: () => undefined,
  },
  {
    type: 'NamespaceDeletionContentFailure',
    fine: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    problem: ({ failures }) =>
      failures.length === 0
        ? undefined
        : [
            'ContentDeletionFailed',
            `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`,
          ],
  },
  {
    type: 'NamespaceContentRemaining',
    fine: ['ContentRemoved', 'All content successfully removed'],
    problem: ({ leftovers }) =>
      leftovers.length === 0
        ? undefined
        : ['SomeResourcesRemain', `Some resources are remaining: ${listed(leftovers)}`],
  },
  {
    type: 'NamespaceFinalizersRemaining',
    fine: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    problem: ({ leftovers }) => {
      const held = finalizersOf(leftovers);
      return held.length === 0
        ? undefined
        : ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${held.join(', ')}`];
    },
  },
];

/** The conditions of the namespace's status after a round; the same list when nothing changed. */
export function deletionConditions(
  conditions: readonly Shared<StatusCondition>[] | undefined,
  round: DeletionRound,
  nowMs: number,
): readonly Shared<StatusCondition>[] {
  let next = conditions ?? [];
  for (const { type, fine, problem } of RULES) {
    const found = problem(round);
    const [reason, message] = found ?? fine;
    next = withCondition(next, { type, status: found === undefined ? 'False' : 'True', reason, message }, nowMs);
  }
  return next;
}

function stale(groupVersions: readonly string[]): string {
  return groupVersions
    .toSorted()
    .map((one) => `${one}: stale GroupVersion discovery: ${one}`)
    .join(', ');
}

function listed(leftovers: readonly Leftover[]): string {
  return leftovers
    .map(({ resource, count }) => `${resource} has ${count} resource instances`)
    .sort()
    .join(', ');
}

function finalizersOf(leftovers: readonly Leftover[]): string[] {
  const counts = new Map<string, number>();
  for (const { finalizers } of leftovers) {
    for (const [name, count] of finalizers) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return [...counts].map(([name, count]) => `${name} in ${count} resource instances`).sort();
}
