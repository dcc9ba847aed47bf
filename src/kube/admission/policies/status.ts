import { ignoring } from '#kube/api';
import type { AdmissionPolicy } from '#kube/api/resources';
import type { Objects } from '#kube/auth';
import { type Client, WorkQueue } from '#kube/client';
import type { ResourceTypes } from '../matching/resource-types.ts';
import { policyResources } from './evaluation.ts';

const [POLICIES] = policyResources('validating');
/** Upstream's name of whoever writes the status. */
const MANAGER = 'validatingadmissionpolicy-status-controller';

/** Says in the status of ValidatingAdmissionPolicies how their expressions fit the types that they are about. */
export class PolicyStatus implements AsyncDisposable {
  readonly #objects: Objects;
  readonly #client: Client;
  readonly #types: ResourceTypes;
  readonly #queue: WorkQueue;
  readonly #subscription: Disposable;

  constructor(objects: Objects, client: Client, types: ResourceTypes) {
    this.#objects = objects;
    this.#client = client;
    this.#types = types;
    this.#queue = new WorkQueue({
      name: 'validatingadmissionpolicy-status',
      workers: 1,
      reconcile: async (name, signal) => {
        await this.#reconcile(name, signal);
        return undefined;
      },
    });
    this.#subscription = objects.subscribe(POLICIES, () => this.#look());
    this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#queue[Symbol.asyncDispose]();
  }

  #look(): void {
    for (const policy of this.#objects.list(POLICIES)) {
      if (isUnseen(policy as AdmissionPolicy)) this.#queue.add(policy.metadata.name ?? '');
    }
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const policy = this.#objects.get(POLICIES, '', name) as AdmissionPolicy | undefined;
    if (policy === undefined || !isUnseen(policy)) return;
    const { expressionWarnings } = await import('../cel/mod.ts');
    const warnings = expressionWarnings(policy, this.#types);
    const status = {
      observedGeneration: policy.metadata.generation,
      typeChecking: warnings.length === 0 ? {} : { expressionWarnings: warnings },
    };
    const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind: policy.kind, metadata: { name }, status };
    const options = { subresource: 'status', fieldManager: MANAGER, signal };
    await ignoring(this.#client.patch(POLICIES, { name }, { type: 'apply', body, force: true }, options), 'NotFound');
  }
}

/** Has nobody looked at it since its spec has changed? */
function isUnseen({ metadata: { generation = 0 }, status }: AdmissionPolicy): boolean {
  return generation > (status?.observedGeneration ?? 0);
}
