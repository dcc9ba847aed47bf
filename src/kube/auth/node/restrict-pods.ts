import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, notFound, type Shared } from '#kube/api';
import { RESOURCES } from '../objects.ts';
import { collect, fields, isMirror } from './pod-references.ts';
import type { NodeWrite } from './restriction.ts';

const MIRROR = 'kubernetes.io/config.mirror';

/** A kubelet creates mirror pods and deletes pods of its own. */
export function checkPod(write: NodeWrite): void {
  const { node, attributes, refuse } = write;
  const { operation } = attributes;
  if (operation === 'CREATE') {
    checkMirrorPod(write);
  } else if (operation === 'DELETE') {
    const pod = attributes.oldObject ?? existingPod(write);
    if (fields(pod.spec).nodeName === node) return;
    throw refuse(`node "${node}" can only delete pods with spec.nodeName set to itself`);
  } else {
    throw refuse(`unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`);
  }
}

/** What a static pod's image in the API may be: of this node, owned by it, and without access to any other object. */
function checkMirrorPod(write: NodeWrite): void {
  const { node, attributes, refuse } = write;
  const pod = attributes.object;
  if (pod === undefined) throw refuse('there is no pod');
  if (!isMirror(pod))
    throw refuse(`pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`);
  const spec = fields(pod.spec);
  if (spec.nodeName !== node) throw refuse(`node "${node}" can only create pods with spec.nodeName set to itself`);
  checkOwner(write, pod);
  const references = collect(pod);
  const forbidden: readonly [boolean, string][] = [
    [references.serviceAccount !== '', 'a service account'],
    [references.secrets.size > 0, 'secrets'],
    [references.configMaps.size > 0, 'configmaps'],
    [references.hasClusterTrustBundles, 'clustertrustbundles'],
    [references.claims.size > 0, 'persistentvolumeclaims'],
    [Array.isArray(spec.resourceClaims) && spec.resourceClaims.length > 0, 'resourceclaims'],
  ];
  const found = forbidden.find(([has]) => has);
  if (found !== undefined) throw refuse(`node "${node}" can not create pods that reference ${found[1]}`);
}

function checkOwner({ node, objects, refuse }: NodeWrite, pod: KubeObject): void {
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) {
    throw refuse(`node "${node}" can only create pods with a single owner reference set to itself`);
  }
  const [owner] = owners;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    throw refuse(`node "${node}" can only create pods with an owner reference set to itself`);
  }
  if (owner.controller !== true) {
    throw refuse(`node "${node}" can only create pods with a controller owner reference set to itself`);
  }
  if (owner.blockOwnerDeletion === true) {
    throw refuse(`node "${node}" must not set blockOwnerDeletion on an owner reference`);
  }
  const found = objects.get(RESOURCES.nodes, '', node);
  if (found === undefined) throw notFound(RESOURCES.nodes, node);
  if (found.metadata.uid !== owner.uid) {
    throw refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${found.metadata.uid}`);
  }
}

/** A kubelet reports on pods of its own; labels and claims are not its to change. */
export function checkPodStatus({ node, attributes, refuse }: NodeWrite): void {
  const { operation, object, oldObject } = attributes;
  if (operation !== 'UPDATE' || object === undefined || oldObject === undefined) {
    throw refuse(`unexpected operation "${operation}"`);
  }
  if (fields(oldObject.spec).nodeName !== node) {
    throw refuse(`node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
  }
  if (!isDeepStrictEqual({ ...oldObject.metadata.labels }, { ...object.metadata.labels })) {
    throw refuse(`node "${node}" cannot update labels through pod status`);
  }
  for (const field of ['resourceClaimStatuses', 'extendedResourceClaimStatus']) {
    if (!isDeepStrictEqual(plain(fields(oldObject.status)[field]), plain(fields(object.status)[field]))) {
      throw refuse(`node "${node}" cannot update resource claim statuses`);
    }
  }
}

/** A node evicts its own pods alone. Throws the refusal. */
export function checkEviction(write: NodeWrite): void {
  const { node, attributes, refuse } = write;
  if (attributes.operation !== 'CREATE') throw refuse(`unexpected operation ${attributes.operation}`);
  if (fields(existingPod(write).spec).nodeName !== node) {
    throw refuse(`node ${node} can only evict pods with spec.nodeName set to itself`);
  }
}

function existingPod({ attributes, objects }: NodeWrite): Shared<KubeObject> {
  const name = attributes.name || (attributes.object?.metadata.name ?? '');
  const pod = objects.get(RESOURCES.pods, attributes.namespace, name);
  if (pod === undefined) throw notFound(RESOURCES.pods, name);
  return pod;
}

const CLAIM_STATUS_FIELDS = ['capacity', 'conditions', 'allocatedResources', 'allocatedResourceStatuses'];

/** A kubelet reports that a volume has grown. */
export function checkClaimStatus({ node, attributes, refuse }: NodeWrite): void {
  const { operation, object, oldObject } = attributes;
  if (operation !== 'UPDATE' || object === undefined || oldObject === undefined) {
    throw refuse(`unexpected operation "${operation}"`);
  }
  if (!isDeepStrictEqual(withoutReports(object), withoutReports(oldObject))) {
    throw refuse(`node "${node}" is not allowed to update fields other than status.capacity and status.conditions`);
  }
}

function withoutReports({ metadata, status, ...rest }: KubeObject): unknown {
  const { resourceVersion: _, managedFields: __, ...kept } = metadata;
  const reports = Object.entries(fields(status)).filter(([name]) => !CLAIM_STATUS_FIELDS.includes(name));
  return plain({ ...rest, metadata: kept, status: Object.fromEntries(reports) });
}

function plain(value: unknown): unknown {
  return value === undefined ? [] : JSON.parse(JSON.stringify(value));
}
