import type { KubeObject, Shared } from '#kube/api';
import type { Authorizer, Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import type { PolicyRun } from '../cel/policy-program.ts';
import { messageOf } from '../common/refuse.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { Configurations } from '../matching/configurations.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';
import type { MatchedResource } from '../matching/rules.ts';
import { namespaceOf } from '../matching/selectors.ts';
import { paramsOf } from './params.ts';
import { type Binding, bindingOf, matchScope, type Policy, policyOf } from './policy.ts';

/** What policies stand on. */
export interface PolicyOptions {
  readonly objects: Objects;
  readonly client: Client;
  readonly authorizer: Authorizer;
  readonly types: ResourceTypes;
}

/** A policy that is about a request, with the binding that says so. */
export interface Applicable {
  readonly policy: Policy;
  readonly binding: Binding;
  readonly matched: MatchedResource;
}

/** Questions that are answered, not kept: policies are not asked about them. */
const REVIEWS: ReadonlySet<string> = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/** Does no policy apply to this, whatever it says? */
export function isBeyondPolicies({ resource }: AdmissionAttributes): boolean {
  return resource.group === 'admissionregistration.k8s.io' || REVIEWS.has(resource.group);
}

/** The policies of one kind with their bindings. */
export class Policies {
  readonly #policies: Configurations<Policy>;
  readonly #bindings: Configurations<Binding>;
  readonly #options: PolicyOptions;

  constructor(kind: 'validating' | 'mutating', options: PolicyOptions) {
    const [policies, bindings] = policyResources(kind);
    this.#policies = new Configurations(options.objects, policies, policyOf);
    this.#bindings = new Configurations(options.objects, bindings, bindingOf);
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#bindings.isEmpty || this.#policies.isEmpty;
  }

  /** Those that are about a request, in the order of policies and bindings. A stream: what they change may change what matches. */
  async *applicable(attributes: AdmissionAttributes): AsyncGenerator<Applicable> {
    const bindings = this.#bindings.all();
    for (const policy of this.#policies.all()) {
      const own = bindings.filter(({ spec }) => spec.policyName === policy.name);
      const matched = own.length === 0 ? undefined : await matchScope(policy.scope, attributes, this.#options);
      if (matched === undefined) continue;
      for (const binding of own) {
        if ((await matchScope(binding.scope, attributes, this.#options)) !== undefined)
          yield { policy, binding, matched };
      }
    }
  }

  /** The runs of a policy, one for each of its parameters, after its match conditions. Throws a Problem where it cannot run. */
  async runs({ policy, binding, matched }: Applicable, attributes: AdmissionAttributes): Promise<PolicyRun[]> {
    const { client, objects, types, authorizer } = this.#options;
    const params = await paramsOf(policy, binding, attributes, types, client).catch((error: unknown) => {
      throw new Problem(`failed to configure binding: ${messageOf(error)}`, { cause: error });
    });
    const { PolicyProgram, evaluateConditions, requestBindings } = await import('../cel/mod.ts');
    policy.program ??= new PolicyProgram(policy.spec);
    const shown = {
      object: await inMatched(attributes, attributes.object, matched, types),
      oldObject: await inMatched(attributes, attributes.oldObject, matched, types),
    };
    const namespaceObject = (await namespaceOf(attributes, objects, client)) ?? null;
    const common = { ...requestBindings(attributes, matched, shown, authorizer), namespaceObject };
    const runs: PolicyRun[] = [];
    for (const param of params) {
      const run = policy.program.start({ ...common, params: param ?? null });
      const { holds, problem } = evaluateConditions(policy.spec.matchConditions ?? [], run.environment, run.bindings);
      if (problem !== undefined) throw new Problem(problem);
      if (holds) runs.push(run);
    }
    return runs;
  }
}

/** Why a policy could not decide; its failure policy says what that means. */
export class Problem extends Error {}

/** The resources of policies and of their bindings. */
export function policyResources(kind: 'validating' | 'mutating') {
  const of = (resource: string) => ({ group: 'admissionregistration.k8s.io', version: 'v1', resource });
  return [of(`${kind}admissionpolicies`), of(`${kind}admissionpolicybindings`)] as const;
}

/** An object in the version that a policy names; bodies of subresources stay as they are. */
export async function inMatched<T extends Shared<KubeObject> | undefined>(
  { resource }: AdmissionAttributes,
  object: T,
  { resource: wanted }: MatchedResource,
  types: ResourceTypes,
): Promise<T> {
  const isOwn = types.versionsOf(resource).some(({ kind }) => kind === object?.kind);
  if (object === undefined || !isOwn) return object;
  return (await types.convert(resource, object as KubeObject, wanted.version)) as T;
}
