import { ignoring, isStatusError, type KubeObject, type Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import type { Client, Informer } from '#kube/client';
import type { Expectations } from './expectations.ts';
import { safeHash } from './hash.ts';
import { controlledBy, controllerRef, type OwnerKind } from './owner.ts';
import type { PodTemplateSpec } from './pod-types.ts';
import { CONTROLLER_REVISIONS } from './resources.ts';

/**
 * `apps/v1` `ControllerRevision`: a template that a set had once, as a patch by which `kubectl rollout undo` goes
 * back to it.
 */
export interface ControllerRevision extends KubeObject {
  data?: { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  revision?: number;
}

/** A set that keeps its templates as revisions. */
export interface RevisionedSet extends KubeObject {
  spec?: { template?: PodTemplateSpec; revisionHistoryLimit?: number };
  status?: { collisionCount?: number };
}

/** What is to be done so that the present template has the highest revision. */
export type RevisionPlan =
  | { readonly do: 'nothing'; readonly name: string }
  | { readonly do: 'raise'; readonly name: string; readonly revision: number }
  | { readonly do: 'create'; readonly revision: number };

/** Finds the revision of the present template among those that are there; oldest first. Pure. */
export function planRevision(
  set: Shared<RevisionedSet>,
  revisions: readonly Shared<ControllerRevision>[],
): RevisionPlan {
  const sorted = byRevision(revisions);
  const revision = (sorted.at(-1)?.revision ?? 0) + 1;
  const equal = sorted.findLast((known) => semanticEqual(templateOf(known), set.spec?.template));
  if (equal === undefined) return { do: 'create', revision };
  const name = equal.metadata.name ?? '';
  return equal === sorted.at(-1) ? { do: 'nothing', name } : { do: 'raise', name, revision };
}

/** Names of the revisions beyond the limit that nothing uses, oldest first. Pure. */
export function surplusRevisions(
  set: Shared<RevisionedSet>,
  revisions: readonly Shared<ControllerRevision>[],
  inUse: ReadonlySet<string>,
): string[] {
  const unused = byRevision(revisions).filter(({ metadata }) => !inUse.has(metadata.name ?? ''));
  const count = unused.length - (set.spec?.revisionHistoryLimit ?? 10);
  return unused.slice(0, Math.max(0, count)).map(({ metadata }) => metadata.name ?? '');
}

/** Oldest first. */
export function byRevision(revisions: readonly Shared<ControllerRevision>[]): Shared<ControllerRevision>[] {
  return [...revisions].sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
}

/** The template that a revision holds. */
export function templateOf({ data }: Shared<ControllerRevision>): Shared<PodTemplateSpec> {
  const { $patch: _, ...template } = data?.spec?.template ?? {};
  return template;
}

/** What the revisions of one kind are called and carry. */
export interface RevisionOptions<T extends RevisionedSet> {
  readonly client: Client;
  readonly kind: OwnerKind<T>;
  readonly informer: Informer<ControllerRevision>;
  readonly expectations: Expectations<ControllerRevision>;
  /** The label that holds a revision's hash. */
  readonly hashLabel: string;
}

/** Writes the revisions of sets. */
export class RevisionKeeper<T extends RevisionedSet> {
  readonly #options: RevisionOptions<T>;

  constructor(options: RevisionOptions<T>) {
    this.#options = options;
  }

  /** The revisions that a set has. */
  of(set: Shared<T>): Shared<ControllerRevision>[] {
    return controlledBy(this.#options.informer, set as Shared<KubeObject>);
  }

  /**
   * The revision of the present template, which is made or raised if it must be. Where its name is taken by another
   * template, `collided` is called, which is to change the salt of the hash, and undefined is answered.
   */
  async current(
    key: string,
    set: Shared<T>,
    collided: () => Promise<unknown>,
  ): Promise<Shared<ControllerRevision> | undefined> {
    const known = this.of(set);
    const plan = planRevision(set, known);
    const found = plan.do === 'create' ? undefined : known.find(({ metadata }) => metadata.name === plan.name);
    if (plan.do === 'nothing') return found;
    if (plan.do === 'raise') return this.#raise(key, set, plan.name, plan.revision);
    return this.#create(key, set, plan.revision, collided);
  }

  /** Deletes revisions by name. */
  async remove(key: string, set: Shared<T>, names: readonly string[]): Promise<void> {
    for (const revision of this.of(set)) {
      const { name = '', namespace } = revision.metadata;
      if (!names.includes(name)) continue;
      await ignoring(this.#options.client.delete(CONTROLLER_REVISIONS, { name, namespace }), 'NotFound');
      this.#options.expectations.removed(key, revision);
    }
  }

  async #raise(key: string, set: Shared<T>, name: string, revision: number): Promise<Shared<ControllerRevision>> {
    const { client, expectations } = this.#options;
    const { namespace } = set.metadata;
    const raised = await client.patch<ControllerRevision>(
      CONTROLLER_REVISIONS,
      { name, namespace },
      { type: 'merge', body: { revision } },
    );
    expectations.wrote(key, raised);
    return raised as Shared<ControllerRevision>;
  }

  async #create(
    key: string,
    set: Shared<T>,
    revision: number,
    collided: () => Promise<unknown>,
  ): Promise<Shared<ControllerRevision> | undefined> {
    const { client, expectations, kind, hashLabel } = this.#options;
    const made = newRevision(set, kind, revision, hashLabel);
    const { name = '', namespace } = made.metadata;
    try {
      const created = await client.create<ControllerRevision>(CONTROLLER_REVISIONS, made);
      expectations.wrote(key, created);
      return created as Shared<ControllerRevision>;
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) throw error;
    }
    const found = await client.get<ControllerRevision>(CONTROLLER_REVISIONS, { name, namespace });
    if (semanticEqual(templateOf(found), set.spec?.template)) expectations.wrote(key, found);
    else await collided();
    return undefined;
  }
}

function newRevision<T extends RevisionedSet>(
  set: Shared<T>,
  kind: OwnerKind<T>,
  revision: number,
  hashLabel: string,
): ControllerRevision {
  const template = (set as Shared<RevisionedSet>).spec?.template ?? {};
  const hash = safeHash(template, (set as Shared<RevisionedSet>).status?.collisionCount ?? 0);
  const made: Shared<ControllerRevision> = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${set.metadata.name}-${hash}`,
      namespace: set.metadata.namespace,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      annotations: { ...set.metadata.annotations },
      ownerReferences: [controllerRef(set as Shared<KubeObject>, kind)],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision,
  };
  return made as ControllerRevision;
}
