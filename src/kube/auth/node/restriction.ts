import type { AdmissionAttributes, AdmissionPlugin } from '#kube/admission';
import { forbidden, notFound, type StatusError } from '#kube/api';
import { type Objects, RESOURCES } from '../objects.ts';
import { isNode, nodeNameOf } from './identity.ts';
import { fields } from './pod-references.ts';
import { checkNode } from './restrict-node.ts';
import { checkClaimStatus, checkEviction, checkPod, checkPodStatus } from './restrict-pods.ts';

/** What a kubelet wants to write, and whose it is. */
export interface NodeWrite {
  readonly node: string;
  readonly attributes: AdmissionAttributes;
  readonly objects: Objects;
  /** Makes the 403. */
  readonly refuse: (why: string) => StatusError;
}

/** Upstream's NodeRestriction: kubelets write their own node, lease and pods only, and nothing in them that would give them more. */
export function nodeRestrictionPlugin(objects: Objects): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: ({ user, operation }) => operation !== 'CONNECT' && isNode(user),
    validate(attributes) {
      const { resource, name, user } = attributes;
      const refuse = (why: string) => forbidden({ group: resource.group, resource: resource.resource }, name, why);
      const node = nodeNameOf(user);
      if (node === '') throw refuse(`could not determine node from user "${user.name}"`);
      CHECKS.get(`${resource.group}/${resource.resource}`)?.({ node, attributes, objects, refuse });
    },
  };
}

/** By group and resource. */
const CHECKS: ReadonlyMap<string, (write: NodeWrite) => void> = new Map([
  ['/pods', checkAnyPod],
  ['/nodes', checkNode],
  ['/persistentvolumeclaims', checkClaim],
  ['/serviceaccounts', checkToken],
  ['coordination.k8s.io/leases', checkLease],
  [
    'storage.k8s.io/csinodes',
    (write) => checkOwnName(write, 'can only access CSINode with the same name as the requesting node'),
  ],
  ['resource.k8s.io/resourceslices', checkSlice],
]);

const POD_CHECKS: ReadonlyMap<string, (write: NodeWrite) => void> = new Map([
  ['', checkPod],
  ['status', checkPodStatus],
  ['eviction', checkEviction],
]);

function checkAnyPod(write: NodeWrite): void {
  const { subresource } = write.attributes;
  const check = POD_CHECKS.get(subresource);
  if (check !== undefined) check(write);
  else throw write.refuse(`unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`);
}

function checkClaim(write: NodeWrite): void {
  if (write.attributes.subresource !== 'status') throw write.refuse('may only update PVC status');
  checkClaimStatus(write);
}

function checkLease(write: NodeWrite): void {
  if (write.attributes.namespace !== 'kube-node-lease') {
    throw write.refuse('can only access leases in the "kube-node-lease" system namespace');
  }
  checkOwnName(write, 'can only access node lease with the same name as the requesting node');
}

function checkOwnName({ node, attributes, refuse }: NodeWrite, why: string): void {
  const { operation, object, name } = attributes;
  if ((operation === 'CREATE' ? object?.metadata.name : name) !== node) throw refuse(why);
}

function checkSlice({ node, attributes, refuse }: NodeWrite): void {
  const { operation, object, oldObject } = attributes;
  if (operation === 'CREATE' && fields(object?.spec).nodeName !== node) {
    throw refuse('can only create ResourceSlice with the same NodeName as the requesting node');
  }
  if (operation === 'DELETE' && fields(oldObject?.spec).nodeName !== node) {
    throw refuse('can only delete ResourceSlice with the same NodeName as the requesting node');
  }
}

/** Tokens that a kubelet asks for are bound to a pod of its own. */
function checkToken({ node, attributes, objects, refuse }: NodeWrite): void {
  const { operation, subresource, namespace, object } = attributes;
  if (operation !== 'CREATE' || subresource !== 'token') return;
  const spec = fields(object?.spec);
  const { apiVersion, kind, name, uid } = fields(spec.boundObjectRef);
  if (apiVersion !== 'v1' || kind !== 'Pod' || typeof name !== 'string' || name === '') {
    throw refuse('node requested token not bound to a pod');
  }
  if (typeof uid !== 'string' || uid === '') throw refuse('node requested token with a pod binding without a uid');
  const pod = objects.get(RESOURCES.pods, namespace, name);
  if (pod === undefined) throw notFound(RESOURCES.pods, name);
  if (pod.metadata.uid !== uid) {
    throw refuse(
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (fields(pod.spec).nodeName !== node)
    throw refuse('node requested token bound to a pod scheduled on a different node');
}
