import { type GroupVersionResource, type KubeObject, notFound } from '#kube/api';
import type { PodSpec } from '#kube/api/resources';
import type { Client } from '#kube/client';
import { MemoryObjects } from '../../auth/testing/memory-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';

/** What a test tells of a request; the rest is that of a pod's creation in `shop`. */
export interface Asked extends Partial<Omit<AdmissionAttributes, 'resource'>> {
  readonly resource?: GroupVersionResource;
}

/** A request, and what plugins said of it besides refusing. */
export interface TestAttributes extends AdmissionAttributes {
  readonly warnings: string[];
  readonly annotations: Record<string, string>;
}

export const PODS = { group: '', version: 'v1', resource: 'pods' };

/** A request as plugins see it. */
export function attributesFor(asked: Asked): TestAttributes {
  const warnings: string[] = [];
  const annotations: Record<string, string> = {};
  const about = asked.object ?? asked.oldObject;
  return {
    operation: 'CREATE',
    resource: PODS,
    kind: { group: '', version: 'v1', kind: about?.kind ?? 'Pod' },
    subresource: '',
    namespace: 'shop',
    name: about?.metadata.name ?? '',
    object: undefined,
    oldObject: undefined,
    options: {},
    dryRun: false,
    user: { name: 'alice', groups: [] },
    warn: (message) => void warnings.push(message),
    annotate: (key, value) => {
      annotations[key] = value;
    },
    signal: new AbortController().signal,
    ...asked,
    warnings,
    annotations,
  };
}

/** Asks a plugin as the API server does: to change, then to check. */
export async function run(plugin: AdmissionPlugin, asked: Asked): Promise<TestAttributes> {
  const attributes = attributesFor(asked);
  if (plugin.handles(attributes)) await plugin.admit?.(attributes);
  if (plugin.handles(attributes)) await plugin.validate?.(attributes);
  return attributes;
}

/** A pod; `spec` is added to the least that one needs. */
export function pod(spec: Record<string, unknown> = {}, metadata: KubeObject['metadata'] = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: { containers: [{ name: 'main', image: 'x' }], ...spec },
  };
}

/** What a pod is to be, as a request left it. */
export function specOf({ object }: AdmissionAttributes): PodSpec {
  return (object?.spec ?? {}) as PodSpec;
}

/** Objects by resource, as plugins read them. */
export function objectsOf(
  ...all: readonly (readonly [resource: GroupVersionResource, object: KubeObject])[]
): MemoryObjects {
  const objects = new MemoryObjects();
  for (const [resource, object] of all) objects.put(resource, object);
  return objects;
}

/** A client that finds what `live` has, and nothing else. */
export function clientOf(live = new MemoryObjects()): Client {
  return {
    async get(resource: GroupVersionResource, { namespace = '', name }: { namespace?: string; name: string }) {
      const found = live.get(resource, namespace, name);
      if (found === undefined) throw notFound(resource, name);
      return structuredClone(found);
    },
  } as unknown as Client;
}
