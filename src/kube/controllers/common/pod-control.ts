import { errorMessage } from '#base';
import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import { type Client, keyOf } from '#kube/client';
import type { EventRecorder } from './events.ts';
import type { Expectations } from './expectations.ts';
import type { Pod } from './pod-types.ts';
import { PODS } from './resources.ts';

/** Creates and deletes the pods of owners, tells of it in Events, and remembers it until the informer shows it. */
export class PodControl {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #expectations: Expectations<Pod>;

  constructor(client: Client, events: EventRecorder, expectations: Expectations<Pod>) {
    this.#client = client;
    this.#events = events;
    this.#expectations = expectations;
  }

  /** Creates a pod for its owner. Throws what the API answers. */
  async create(owner: Shared<KubeObject>, pod: Pod): Promise<Pod> {
    try {
      const created = await this.#client.create<Pod>(PODS, pod);
      this.#expectations.wrote(keyOf(owner), created);
      this.#note(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
      return created;
    } catch (error) {
      // In a namespace that is being deleted nothing can be made, and nobody need hear of it.
      if (!isNamespaceGoing(error))
        this.#note(owner, 'Warning', 'FailedCreate', `Error creating: ${errorMessage(error)}`);
      throw error;
    }
  }

  /** Deletes a pod of its owner; one that is gone already is as good. Throws what the API answers. */
  async delete(owner: Shared<KubeObject>, pod: Shared<Pod>): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata;
    try {
      const held = await this.#client.delete(PODS, { name, namespace }, { preconditions: { uid } });
      if (held === undefined) this.#expectations.removed(keyOf(owner), pod);
      else this.#expectations.wrote(keyOf(owner), held);
      this.#note(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Conflict')) return;
      this.#note(owner, 'Warning', 'FailedDelete', `Error deleting: ${errorMessage(error)}`);
      throw error;
    }
  }

  #note(owner: Shared<KubeObject>, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.note(owner, { type, reason, message });
  }
}

/** Was a create refused because its namespace is being deleted? */
export function isNamespaceGoing(error: unknown): boolean {
  return (
    isStatusError(error, 'Forbidden') &&
    error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true
  );
}
