import { isDeepStrictEqual } from 'node:util';
import type { Shared } from '#kube/api';
import { type KubeObject, StatusError } from '#kube/api';
import type { Mutation as PolicyMutation } from '#kube/api/resources';
import { cloneJson } from '#kube/codec';
import { jsonPatch } from '#kube/patch';
import type { PolicyRun } from '../cel/policy-program.ts';
import { messageOf, refuse } from '../common/refuse.ts';
import type { AdmissionAttributes } from '../contract.ts';
import type { Mutation, Mutator } from '../mutation.ts';
import { type Applicable, inMatched, isBeyondPolicies, Policies, type PolicyOptions } from './evaluation.ts';

/** MutatingAdmissionPolicy: changes in CEL, one policy after the other. */
export class MutatingPolicies implements Mutator {
  readonly #policies: Policies;
  readonly #options: PolicyOptions;

  constructor(options: PolicyOptions) {
    this.#policies = new Policies('mutating', options);
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#policies.isEmpty;
  }

  async run(attributes: AdmissionAttributes, { policies: turns }: Mutation): Promise<boolean> {
    if (isBeyondPolicies(attributes) || attributes.object === undefined) return false;
    turns.begin(attributes.object);
    let changed = false;
    for await (const one of this.#policies.applicable(attributes)) {
      const key = `${one.policy.name}/${one.binding.name}`;
      if (!turns.mayRun(key)) continue;
      if (await this.#apply(one, attributes)) {
        changed = true;
        turns.outdate();
      }
      if (one.policy.spec.reinvocationPolicy === 'IfNeeded') turns.ran(key);
    }
    turns.end(attributes.object);
    return changed;
  }

  async #apply(one: Applicable, attributes: AdmissionAttributes): Promise<boolean> {
    const { policy, binding } = one;
    const before = attributes.object as KubeObject;
    try {
      let object = before;
      for (const run of await this.#policies.runs(one, attributes)) {
        for (const mutation of policy.spec.mutations ?? [])
          object = await this.#mutate(one, attributes, object, mutation, run);
      }
      if (isDeepStrictEqual(object, before)) return false;
      attributes.object = object;
      return true;
    } catch (error) {
      if (policy.spec.failurePolicy === 'Ignore') return false;
      const why = `policy '${policy.name}' with binding '${binding.name}' denied request: ${messageOf(error)}`;
      const { message, details } = refuse(attributes, why);
      throw new StatusError(422, 'Invalid', message, details, error);
    }
  }

  /** The object after one mutation, in the version that it was in again. Names and identities are not for policies to change. */
  async #mutate(
    { matched }: Applicable,
    attributes: AdmissionAttributes,
    object: KubeObject,
    mutation: Shared<PolicyMutation>,
    run: PolicyRun,
  ): Promise<KubeObject> {
    const { types } = this.#options;
    const { structsToMaps, toJson } = await import('../cel/mod.ts');
    const shown = await inMatched(attributes, object, matched, types);
    const expression =
      (mutation.patchType === 'JSONPatch' ? mutation.jsonPatch : mutation.applyConfiguration)?.expression ?? '';
    const value = toJson(run.evaluate(expression, structsToMaps(expression)));
    const made =
      mutation.patchType === 'JSONPatch'
        ? (jsonPatch(shown, value) as KubeObject)
        : types.merge(attributes.resource, shown, value as Record<string, unknown>);
    const whole = cloneJson({ ...made, ...identityOf(object, made) });
    return await types.accept(attributes.resource, whole, shown.kind, object.apiVersion);
  }
}

/** The metadata that a mutation leaves; options of connections have none. */
function identityOf({ metadata }: KubeObject, made: KubeObject): { metadata?: object } {
  if (metadata === undefined) return {};
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const kept = JSON.parse(JSON.stringify({ name, namespace, uid, resourceVersion, creationTimestamp })) as object;
  return { metadata: { ...made.metadata, ...kept } };
}
