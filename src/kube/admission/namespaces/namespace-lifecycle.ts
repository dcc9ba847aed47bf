import { forbidden, internalError, isStatusError, type KubeObject, type Shared, StatusError } from '#kube/api';
import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { nameOf } from '../common/refuse.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';

const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);
const MAKES: ReadonlySet<string> = new Set(['CREATE', 'UPDATE']);
const { namespaces: NAMESPACES } = READ_RESOURCES;

/** So long after its deletion a namespace that seems active is looked up anew. */
const DOUBT_MS = 30_000;
const MAX_DOUBTED = 100;

type Namespace = Shared<KubeObject & { status?: { phase?: string } }>;

/**
 * NamespaceLifecycle: nothing is made in a namespace that does not exist or is being terminated, and those that every cluster needs
 * cannot be deleted.
 */
export function namespaceLifecycle(objects: Objects, client: Client, nowMs: () => number = Date.now): AdmissionPlugin {
  const doubted = new Map<string, number>();
  return {
    name: 'NamespaceLifecycle',
    handles: (attributes) =>
      isNamespace(attributes)
        ? attributes.operation === 'DELETE'
        : attributes.namespace !== '' && MAKES.has(attributes.operation) && !isReview(attributes),
    admit(attributes) {
      if (isNamespace(attributes)) {
        refuseImmortal(attributes);
        doubt(doubted, attributes.name, nowMs());
        return;
      }
      const found = objects.get(NAMESPACES, '', attributes.namespace) as Namespace | undefined;
      if (found === undefined || isDoubtful(doubted, found, nowMs())) return checkLive(attributes, client);
      checkPhase(attributes, found);
    },
  };
}

function isNamespace({ resource }: AdmissionAttributes): boolean {
  return resource.resource === 'namespaces' && resource.group === '';
}

/** What is asked about a namespace must not tell whether it exists. */
function isReview({ resource }: AdmissionAttributes): boolean {
  return resource.group === 'authorization.k8s.io';
}

function refuseImmortal({ name, resource, subresource }: AdmissionAttributes): void {
  if (subresource === '' && IMMORTAL.has(name)) throw forbidden(resource, name, 'this namespace may not be deleted');
}

function doubt(doubted: Map<string, number>, name: string, nowMs: number): void {
  doubted.delete(name);
  doubted.set(name, nowMs + DOUBT_MS);
  const oldest = doubted.keys().next().value;
  if (doubted.size > MAX_DOUBTED && oldest !== undefined) doubted.delete(oldest);
}

function isDoubtful(doubted: Map<string, number>, { metadata, status }: Namespace, nowMs: number): boolean {
  if (doubted.size === 0 || status?.phase !== 'Active') return false;
  return (doubted.get(metadata.name ?? '') ?? 0) > nowMs;
}

/** Asks the storage itself: the view may not have seen the namespace, or its deletion, yet. */
async function checkLive(attributes: AdmissionAttributes, client: Client): Promise<void> {
  const { namespace, signal } = attributes;
  try {
    checkPhase(attributes, await client.get(NAMESPACES, { name: namespace }, { signal }));
  } catch (error) {
    if (isStatusError(error) && (error.reason === 'NotFound' || error.reason === 'Forbidden')) throw error;
    throw internalError(`unable to look up namespace "${namespace}"`, error);
  }
}

function checkPhase(attributes: AdmissionAttributes, { status }: Namespace): void {
  if (attributes.operation !== 'CREATE' || status?.phase !== 'Terminating') return;
  const { namespace, resource } = attributes;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { message, details } = forbidden(resource, nameOf(attributes), why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new StatusError(403, 'Forbidden', message, { ...details, causes: [cause] });
}
