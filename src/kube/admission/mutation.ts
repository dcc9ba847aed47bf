import type { KubeObject } from '#kube/api';
import type { AdmissionAttributes, AdmissionPlugin } from './contract.ts';

/** Who has had a turn in changing an object, and who has to have another because others changed it since. */
export class Turns {
  readonly #again = new Set<string>();
  #ran = new Set<string>();
  #isSecondRound = false;
  #lastSeen: string | undefined;

  /** Starts a round. In the second, all that ran have to run again if somebody else has changed the object in between. */
  begin(object: KubeObject | undefined): void {
    if (this.#lastSeen === undefined) return;
    this.#isSecondRound = true;
    if (JSON.stringify(object) !== this.#lastSeen) this.outdate();
  }

  mayRun(key: string): boolean {
    return !this.#isSecondRound || this.#again.has(key);
  }

  /** The object has changed: those that ran before want to see it. */
  outdate(): void {
    for (const key of this.#ran) this.#again.add(key);
    this.#ran = new Set();
  }

  /** One that may be asked again has run. */
  ran(key: string): void {
    this.#ran.add(key);
  }

  end(object: KubeObject | undefined): void {
    this.#lastSeen = JSON.stringify(object) ?? '';
  }
}

/** What is known of one request while it is changed. */
export interface Mutation {
  round: number;
  readonly policies: Turns;
  readonly webhooks: Turns;
}

/** Those that are configured by users to change objects. */
export interface Mutator {
  readonly isEmpty: boolean;
  /** One round; true when something has changed. */
  run(attributes: AdmissionAttributes, mutation: Mutation): Promise<boolean>;
}

/**
 * MutatingAdmissionPolicy and MutatingAdmissionWebhook: when they have changed an object, the plugins before them see it once more (a
 * container that a webhook adds gets its token), and then those of them that want to.
 */
export function mutators(
  all: readonly Mutator[],
  before: readonly AdmissionPlugin[],
  isExempt: (attributes: AdmissionAttributes) => boolean,
): AdmissionPlugin {
  const run = async (attributes: AdmissionAttributes, mutation: Mutation) => {
    let changed = false;
    for (const one of all) {
      if (!one.isEmpty && (await one.run(attributes, mutation))) changed = true;
    }
    return changed;
  };
  return {
    name: 'MutatingAdmissionWebhook',
    handles: (attributes) => all.some((one) => !one.isEmpty) && !isExempt(attributes),
    async admit(attributes) {
      const mutation: Mutation = { round: 0, policies: new Turns(), webhooks: new Turns() };
      if (!(await run(attributes, mutation))) return;
      for (const plugin of before)
        if (plugin.admit !== undefined && plugin.handles(attributes)) await plugin.admit(attributes);
      mutation.round = 1;
      await run(attributes, mutation);
    },
  };
}
