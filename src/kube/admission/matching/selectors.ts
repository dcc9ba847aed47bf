import { type KubeObject, type LabelMatcher, matchesLabels, type Shared } from '#kube/api';
import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes } from '../contract.ts';

/** The namespace that a request is about: its own, or for a namespace as it will be, that. Undefined: it is about none. */
export async function namespaceOf(
  attributes: AdmissionAttributes,
  objects: Objects,
  client: Client,
): Promise<Shared<KubeObject> | undefined> {
  const { namespace, resource, subresource, object, oldObject, name, signal } = attributes;
  const isNamespace = resource.group === '' && resource.resource === 'namespaces';
  if (isNamespace) return subresource === '' ? (object ?? oldObject) : byName(name);
  return namespace === '' ? undefined : byName(namespace);

  async function byName(wanted: string): Promise<Shared<KubeObject>> {
    const found = objects.get(READ_RESOURCES.namespaces, '', wanted);
    return found ?? (await client.get(READ_RESOURCES.namespaces, { name: wanted }, { signal }));
  }
}

/** Does a namespace have the labels? What is in no namespace has all of them. */
export function matchesNamespace(
  matcher: LabelMatcher | undefined,
  namespace: Shared<KubeObject> | undefined,
): boolean {
  if (matcher === undefined || matcher.length === 0 || namespace === undefined) return true;
  return matchesLabels(matcher, namespace.metadata.labels);
}

/** Does the object have the labels, as it is or as it was? */
export function matchesObject(matcher: LabelMatcher | undefined, { object, oldObject }: AdmissionAttributes): boolean {
  if (matcher === undefined || matcher.length === 0) return true;
  return [object, oldObject].some((one) => one?.metadata !== undefined && matchesLabels(matcher, one.metadata.labels));
}
