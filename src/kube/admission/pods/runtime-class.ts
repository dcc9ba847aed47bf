import type { KubeObject, Shared } from '#kube/api';
import type { Pod, Toleration } from '#kube/api/resources';
import { parseQuantity, type ResourceList, semanticEqual, setEntry } from '#kube/api/values';
import type { Objects } from '#kube/auth';
import { type Client, findObject } from '#kube/client';
import { isPodCreate } from '../common/match.ts';
import { refuse } from '../common/refuse.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';

interface RuntimeClass extends KubeObject {
  overhead?: { podFixed?: ResourceList };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };
}

type Class = Shared<RuntimeClass> | undefined;

/** RuntimeClass: pods get the overhead of their runtime and are kept to the nodes that have it. */
export function runtimeClassPlugin(objects: Objects, client: Client): AdmissionPlugin {
  const withClass = (attributes: AdmissionAttributes, then: (found: Class) => void) => {
    const name = (attributes.object as Pod | undefined)?.spec?.runtimeClassName;
    if (name === undefined) return then(undefined);
    const found = objects.get(READ_RESOURCES.runtimeClasses, '', name) as Class;
    return found === undefined ? lookUp(attributes, name, client).then(then) : then(found);
  };
  return {
    name: 'RuntimeClass',
    handles: (attributes) => {
      const spec = (attributes.object as Pod | undefined)?.spec;
      return isPodCreate(attributes) && (spec?.runtimeClassName !== undefined || spec?.overhead !== undefined);
    },
    admit: (attributes) => withClass(attributes, (found) => apply(attributes, attributes.object as Pod, found)),
    validate: (attributes) => withClass(attributes, (found) => check(attributes, attributes.object as Pod, found)),
  };
}

async function lookUp(attributes: AdmissionAttributes, name: string, client: Client): Promise<RuntimeClass> {
  const { signal } = attributes;
  const found = await findObject<RuntimeClass>(client, READ_RESOURCES.runtimeClasses, { name }, { signal });
  if (found === undefined) throw refuse(attributes, `pod rejected: RuntimeClass "${name}" not found`);
  return found;
}

function apply(attributes: AdmissionAttributes, { spec }: Pod, found: Class): void {
  if (found?.overhead !== undefined) {
    const { podFixed = {} } = found.overhead;
    if (spec.overhead === undefined) spec.overhead = { ...podFixed };
    else if (!isSameList(spec.overhead, podFixed)) throw differentOverhead(attributes);
  }
  const { nodeSelector, tolerations = [] } = found?.scheduling ?? {};
  for (const key of Object.keys(nodeSelector ?? {})) {
    const value = nodeSelector?.[key] ?? '';
    const own =
      spec.nodeSelector !== undefined && Object.hasOwn(spec.nodeSelector, key) ? spec.nodeSelector[key] : value;
    if (own !== value) {
      const [theirs, ours] = [`runtimeClass.scheduling.nodeSelector[${key}]`, `pod.spec.nodeSelector[${key}]`];
      throw refuse(attributes, `conflict: ${theirs} = ${value}; ${ours} = ${own}`);
    }
    spec.nodeSelector ??= {};
    setEntry(spec.nodeSelector, key, value);
  }
  const missing = tolerations.filter((one) => !spec.tolerations?.some((own) => semanticEqual(own, one)));
  if (missing.length > 0)
    spec.tolerations = [...(spec.tolerations ?? []), ...(structuredClone(missing) as Toleration[])];
}

function check(attributes: AdmissionAttributes, { spec }: Pod, found: Class): void {
  if (found?.overhead !== undefined) {
    if (!isSameList(spec.overhead ?? {}, found.overhead.podFixed ?? {})) throw differentOverhead(attributes);
  } else if (Object.keys(spec.overhead ?? {}).length > 0) {
    throw refuse(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  }
}

function differentOverhead(attributes: AdmissionAttributes) {
  return refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function isSameList(a: Readonly<ResourceList>, b: Readonly<ResourceList>): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(
      (name) => Object.hasOwn(b, name) && parseQuantity(a[name] ?? '')?.nanos === parseQuantity(b[name] ?? '')?.nanos,
    )
  );
}
