import { badRequest, conflict, internalError, invalidObject, type KubeObject, notSupported, required } from '#kube/api';
import { schemaOfKind } from '#kube/api/schema';
import { timestamp } from '#kube/api/values';
import { type ObjectAnswer, objectAnswer } from '../answer.ts';
import { readObject } from '../verbs/body.ts';
import { resourceOf, type Target } from '../verbs/target.ts';
import { writeUpdate } from '../verbs/update.ts';
import { writeOptions } from '../verbs/write-options.ts';
import { admitBody } from './admit-body.ts';

const BINDING = { group: '', version: 'v1', kind: 'Binding' };

interface BindingTarget {
  kind?: string;
  name?: string;
  apiVersion?: string;
}

/** Binds a pod to a node: POST of a Binding to `pods/<name>/binding`, or to `bindings`. Schedulers do this. */
export async function bind(target: Target): Promise<ObjectAnswer> {
  const { machinery, request } = target;
  const binding = await readObject(machinery, request, BINDING, { schema: () => schemaOfKind(BINDING) });
  const pod = podTarget(target, binding.metadata.name ?? '');
  const options = writeOptions(request, 'CreateOptions');
  const admitted = await admitBody(target, binding, BINDING, options);
  const node = nodeOf(admitted);
  await writeUpdate(pod, options, {
    optionsKind: 'UpdateOptions',
    create: undefined,
    strategy: {},
    admission: 'asked',
    next: (current) => assigned(pod, current, admitted, node),
  });
  return objectAnswer({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}

/** The pod behind a binding; `bindings` names it in the body. */
function podTarget(target: Target, nameInBody: string): Target {
  const { machinery } = target;
  const name = target.name === '' ? nameInBody : target.name;
  if (nameInBody !== '' && nameInBody !== name) {
    throw badRequest(`the name of the binding (${nameInBody}) does not match the name on the URL (${name})`);
  }
  const endpoint = machinery.catalog.find('', 'v1', 'pods');
  if (endpoint === undefined) throw internalError('there are no pods to bind');
  return { ...target, endpoint, store: machinery.stores.of(endpoint.row), name, subresource: 'binding' };
}

function nodeOf(binding: KubeObject): string {
  const { kind = '', name = '' } = (binding.target ?? {}) as BindingTarget;
  if (kind !== '' && kind !== 'Node') {
    throw invalidObject(BINDING, binding.metadata.name ?? '', [notSupported('target.kind', kind, ['Node', '<empty>'])]);
  }
  if (name === '') throw invalidObject(BINDING, binding.metadata.name ?? '', [required('target.name')]);
  return name;
}

function assigned(target: Target, pod: KubeObject, binding: KubeObject, node: string): KubeObject {
  pod.spec ??= {};
  const spec = pod.spec as { nodeName?: string; schedulingGates?: unknown[] };
  const refuse = (why: string) => conflict(resourceOf(target), target.name, why);
  const { uid } = binding.metadata;
  if ((uid ?? '') !== '' && uid !== pod.metadata.uid) throw refuse(`it has another uid than ${uid}`);
  if (pod.metadata.deletionTimestamp !== undefined)
    throw refuse(`pod ${target.name} is being deleted, cannot be assigned to a host`);
  if ((spec.nodeName ?? '') !== '') throw refuse(`pod ${target.name} is already assigned to node "${spec.nodeName}"`);
  if ((spec.schedulingGates?.length ?? 0) > 0) throw refuse(`pod ${target.name} has non-empty .spec.schedulingGates`);
  spec.nodeName = node;
  const { annotations, labels } = binding.metadata;
  if (annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  if (labels !== undefined) pod.metadata.labels = { ...labels, ...pod.metadata.labels };
  setScheduled(pod, timestamp(target.machinery.nowMs()));
  return pod;
}

interface Condition {
  type: string;
  status: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
}

function setScheduled(pod: KubeObject, now: string): void {
  pod.status ??= {};
  const status = pod.status as { conditions?: Condition[] };
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  status.conditions = [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: now }];
}
