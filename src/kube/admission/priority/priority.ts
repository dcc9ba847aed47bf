import { ignoring, type KubeObject, type Shared } from '#kube/api';
import type { Pod } from '#kube/api/resources';
import type { Objects } from '#kube/auth';
import { type Client, findObject } from '#kube/client';
import { isAbout } from '../common/match.ts';
import { refuse } from '../common/refuse.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';

const { priorityClasses: CLASSES } = READ_RESOURCES;

/** `PriorityClass`. */
interface PriorityClass extends KubeObject {
  value?: number;
  globalDefault?: boolean;
  preemptionPolicy?: string;
}

/** Pods without a class, where none is the default. */
const NO_CLASS = { value: 0, preemptionPolicy: 'PreemptLowerPriority' };

/** Priority: the names of priority classes become numbers in pods, and at most one class is everybody's default. */
export function priorityPlugin(objects: Objects, client: Client): AdmissionPlugin {
  const isClassWrite = (attributes: AdmissionAttributes) => isAbout(attributes, CLASSES.group, CLASSES.resource);
  return {
    name: 'Priority',
    handles: (attributes) => {
      const { operation, object, oldObject } = attributes;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      if (isClassWrite(attributes)) return true;
      return isAbout(attributes, '', 'pods') && (operation === 'CREATE' || lacksPriority(object, oldObject));
    },
    admit(attributes) {
      const pod = attributes.object as Pod | undefined;
      if (pod?.spec === undefined || isClassWrite(attributes)) return;
      if (attributes.operation === 'UPDATE') return keepPriority(pod, attributes.oldObject as Shared<Pod>);
      const name = pod.spec.priorityClassName ?? '';
      const found =
        name === '' ? defaultClass(objects) : (objects.get(CLASSES, '', name) as Shared<PriorityClass> | undefined);
      if (found !== undefined || name === '') return setPriority(attributes, pod, found);
      return lookUp(attributes, name, client).then((live) => setPriority(attributes, pod, live));
    },
    validate(attributes) {
      if (isClassWrite(attributes)) checkDefault(attributes, objects);
    },
  };
}

async function lookUp(attributes: AdmissionAttributes, name: string, client: Client): Promise<PriorityClass> {
  const found = await findObject<PriorityClass>(client, CLASSES, { name }, { signal: attributes.signal });
  if (found === undefined) throw refuse(attributes, `no PriorityClass with name ${name} was found`);
  return found;
}

/** Of several that say they are the default, the least urgent one. */
function defaultClass(objects: Objects): Shared<PriorityClass> | undefined {
  let found: Shared<PriorityClass> | undefined;
  for (const one of objects.list(CLASSES) as readonly Shared<PriorityClass>[]) {
    if (one.globalDefault === true && (found === undefined || (one.value ?? 0) < (found.value ?? 0))) found = one;
  }
  return found;
}

function setPriority(attributes: AdmissionAttributes, { spec }: Pod, found: Shared<PriorityClass> | undefined): void {
  const { value = 0, preemptionPolicy } = found ?? NO_CLASS;
  if (found !== undefined) spec.priorityClassName = found.metadata.name ?? '';
  const computed = 'from the given PriorityClass name';
  const given = 'must not be provided in pod spec; priority admission controller computed';
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refuse(attributes, `the integer value of priority (${spec.priority}) ${given} ${value} ${computed}`);
  }
  spec.priority = value;
  if (preemptionPolicy === undefined) return;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    const policy = `the string value of PreemptionPolicy (${spec.preemptionPolicy})`;
    throw refuse(attributes, `${policy} ${given} ${preemptionPolicy} ${computed}`);
  }
  spec.preemptionPolicy = preemptionPolicy;
}

/** Old clients send pods back without what they don't know. */
function keepPriority({ spec }: Pod, { spec: old }: Shared<Pod>): void {
  if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined) {
    spec.preemptionPolicy = old.preemptionPolicy;
  }
}

function lacksPriority(pod: Shared<KubeObject> | undefined, oldPod: Shared<KubeObject> | undefined): boolean {
  const [spec, old] = [(pod as Shared<Pod> | undefined)?.spec, (oldPod as Shared<Pod> | undefined)?.spec];
  const lacks = (key: 'priority' | 'preemptionPolicy') => spec?.[key] === undefined && old?.[key] !== undefined;
  return lacks('priority') || lacks('preemptionPolicy');
}

function checkDefault(attributes: AdmissionAttributes, objects: Objects): void {
  if ((attributes.object as PriorityClass).globalDefault !== true) return;
  const present = defaultClass(objects)?.metadata.name;
  if (present === undefined || (attributes.operation === 'UPDATE' && present === attributes.name)) return;
  throw refuse(attributes, `PriorityClass ${present} is already marked as default. Only one default can exist`);
}

/** The classes of what a cluster can't do without. */
const SYSTEM_CLASSES = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

/** Makes the system's priority classes, where they are missing. */
export async function ensurePriorityClasses(objects: Objects, client: Client): Promise<void> {
  for (const { name, ...fields } of SYSTEM_CLASSES) {
    if (objects.get(CLASSES, '', name) !== undefined) continue;
    const object = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, ...fields };
    // Another server of the same cluster was faster.
    await ignoring(client.create(CLASSES, object), 'AlreadyExists');
  }
}
