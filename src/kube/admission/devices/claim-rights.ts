import { type FieldError, forbiddenField, invalidObject, type Shared } from '#kube/api';
import type { ResourceClaim, ResourceClaimStatus } from '#kube/api/resources';
import { dnsSubdomainErrors, semanticEqual } from '#kube/api/values';
import { type Authorizer, resourceQuestion, type UserInfo } from '#kube/auth';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';

const GROUP = 'resource.k8s.io';
const NODE_NAME = 'authentication.kubernetes.io/node-name';

/**
 * Who may write a claim's status may not write all of it: who gives devices has to be allowed to `resourceclaims/binding`, who reports of
 * them to `resourceclaims/driver` of each driver, for claims of their own node or of any. Upstream asks it while it validates.
 */
export function claimRights(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'ResourceClaimRights',
    handles: ({ resource, operation, subresource }) =>
      operation === 'UPDATE' &&
      subresource === 'status' &&
      resource.group === GROUP &&
      resource.resource === 'resourceclaims',
    async validate(attributes) {
      const errors = [...(await checkBinding(attributes, authorizer)), ...(await checkDrivers(attributes, authorizer))];
      if (errors.length > 0) throw invalidObject(attributes.kind, attributes.name, errors);
    },
  };
}

function statuses({ object, oldObject }: AdmissionAttributes): [now: Status, before: Status] {
  return [(object as ResourceClaim).status ?? {}, (oldObject as Shared<ResourceClaim>).status ?? {}];
}

type Status = Shared<ResourceClaimStatus>;
type Device = NonNullable<Status['devices']>[number];

function verbOf({ options }: AdmissionAttributes): string {
  return options.kind === 'PatchOptions' ? 'patch' : 'update';
}

async function checkBinding(attributes: AdmissionAttributes, authorizer: Authorizer): Promise<FieldError[]> {
  const [now, before] = statuses(attributes);
  if (semanticEqual(now.allocation, before.allocation) && semanticEqual(now.reservedFor, before.reservedFor)) return [];
  const verb = verbOf(attributes);
  const refusal = await refusalOf({ verb, subresource: 'binding', namespace: '', name: '' }, attributes, authorizer);
  if (refusal === undefined) return [];
  const what = 'changing status.allocation or status.reservedFor requires resource="resourceclaims/binding"';
  return [forbiddenField('status', `${what}, verb="${verb}" permission: ${refusal}`)];
}

async function checkDrivers(attributes: AdmissionAttributes, authorizer: Authorizer): Promise<FieldError[]> {
  const [now, before] = statuses(attributes);
  const drivers = changedDrivers(now.devices ?? [], before.devices ?? []);
  const verb = verbOf(attributes);
  const verbs = [
    ...(isOfNode(attributes.user, allocatedNode(now)) ? [`associated-node:${verb}`] : []),
    `arbitrary-node:${verb}`,
  ];
  const errors: FieldError[] = [];
  for (const name of drivers) {
    const refusal = await refusalOfAll(verbs, name, attributes, authorizer);
    if (refusal === undefined) continue;
    const what = `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(' ')}]"`;
    errors.push(forbiddenField('status.devices', `${what} permission: ${refusal}`));
  }
  return errors;
}

/** The first refusal, unless one of the verbs is allowed. */
async function refusalOfAll(
  verbs: readonly string[],
  name: string,
  attributes: AdmissionAttributes,
  authorizer: Authorizer,
): Promise<string | undefined> {
  let first: string | undefined;
  for (const verb of verbs) {
    const { namespace } = attributes;
    const refusal = await refusalOf({ verb, subresource: 'driver', namespace, name }, attributes, authorizer);
    if (refusal === undefined) return undefined;
    first ??= refusal;
  }
  return first;
}

/** Drivers whose reports came, went or changed, in order. */
function changedDrivers(now: readonly Device[], before: readonly Device[]): string[] {
  const idOf = ({ driver, pool, device, shareID }: Device) => JSON.stringify([driver, pool, device, shareID ?? '']);
  const left = new Map(before.map((device) => [idOf(device), device]));
  const changed = new Set<string>();
  for (const device of now) {
    const old = left.get(idOf(device));
    if (old === undefined || !semanticEqual(old, device)) changed.add(device.driver ?? '');
    left.delete(idOf(device));
  }
  for (const { driver = '' } of left.values()) changed.add(driver);
  return [...changed].sort();
}

/** The node of a claim whose devices are at one. */
function allocatedNode({ allocation }: Status): string | undefined {
  const [term, ...otherTerms] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const { matchFields: [field, ...otherFields] = [], matchExpressions = [] } = term ?? {};
  if (otherTerms.length + otherFields.length + matchExpressions.length > 0) return undefined;
  const [node, ...otherNodes] = field?.values ?? [];
  return field?.key === 'metadata.name' && field.operator === 'In' && otherNodes.length === 0 ? node : undefined;
}

/** Is this a service account whose token is bound to a pod or node there? */
function isOfNode({ name, extra }: UserInfo, node: string | undefined): boolean {
  const [own = '', ...others] = extra?.[NODE_NAME] ?? [];
  const isAccount = /^system:serviceaccount:[^:]+:[^:]+$/.test(name);
  return isAccount && others.length === 0 && dnsSubdomainErrors(own).length === 0 && own === node;
}

interface Question {
  readonly verb: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

async function refusalOf(
  question: Question,
  { user }: AdmissionAttributes,
  authorizer: Authorizer,
): Promise<string | undefined> {
  const { decision, reason } = await authorizer.authorize(
    resourceQuestion(user, { ...question, apiGroup: GROUP, resource: 'resourceclaims' }),
  );
  if (decision === 'allow') return undefined;
  const { verb, subresource, namespace, name } = question;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = `cannot ${verb} resource "resourceclaims/${subresource}" in API group "${GROUP}" ${where}`;
  const subject = name === '' ? '' : ` "${name}"`;
  const why = reason === '' ? '' : `: ${reason}`;
  return `resourceclaims.${GROUP}${subject} is forbidden: User "${user.name}" ${what}${why}`;
}
