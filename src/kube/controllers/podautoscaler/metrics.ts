import type { GroupVersionResource, KubeObject } from '#kube/api';
import { millisOf, parseQuantity } from '#kube/api/values';
import type { Client } from '#kube/client';

/** What pods use, in thousandths of a unit: by pod, by container. */
export type Usage = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Where measurements come from. */
export interface MetricsSource {
  /** What each container of the selected pods uses of a resource. Throws when nobody measures. */
  usage(namespace: string, selector: string, resource: string): Promise<Usage>;
}

const POD_METRICS: GroupVersionResource = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };

interface PodMetrics extends KubeObject {
  containers?: { name?: string; usage?: Record<string, string> }[];
}

/** The resource metrics API, which a metrics server gives to the cluster. */
export class ResourceMetrics implements MetricsSource {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async usage(namespace: string, labelSelector: string, resource: string): Promise<Usage> {
    const { items } = await this.#client.list<PodMetrics>(POD_METRICS, { namespace, labelSelector });
    return new Map(items.map((pod) => [pod.metadata.name ?? '', containersOf(pod, resource)]));
  }
}

function containersOf({ containers = [] }: PodMetrics, resource: string): Map<string, number> {
  const usage = new Map<string, number>();
  for (const { name = '', usage: amounts = {} } of containers) {
    const millis = thousandths(Object.hasOwn(amounts, resource) ? amounts[resource] : undefined);
    if (millis !== undefined) usage.set(name, millis);
  }
  return usage;
}

function thousandths(text: string | undefined): number | undefined {
  const quantity = parseQuantity(text ?? '');
  return quantity === undefined ? undefined : Number(millisOf(quantity));
}
