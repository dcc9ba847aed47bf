import { forbiddenField, invalidObject, type KubeObject, type Shared } from '#kube/api';
import type { DeviceClaim, ResourceClaim, ResourceClaimTemplate } from '#kube/api/resources';
import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';

const LABEL = 'resource.kubernetes.io/admin-access';

/**
 * Devices that others use are given to administrators alone: to claims of namespaces that are labelled so. Upstream asks it while it
 * validates claims, their templates and what is allocated.
 */
export function adminAccess(objects: Objects, client: Client): AdmissionPlugin {
  return {
    name: 'DeviceAdminAccess',
    handles: ({ resource, operation }) =>
      resource.group === 'resource.k8s.io' &&
      (resource.resource === 'resourceclaims' || resource.resource === 'resourceclaimtemplates') &&
      (operation === 'CREATE' || operation === 'UPDATE'),
    async validate(attributes) {
      const field = adminField(attributes);
      if (field === undefined || (await isAdminNamespace(attributes, objects, client))) return;
      const detail = `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`;
      throw invalidObject(attributes.kind, attributes.name, [forbiddenField(field, detail)]);
    },
  };
}

/** Where it is asked for, in upstream's words, if it is asked for now. */
function adminField(attributes: AdmissionAttributes): string | undefined {
  const { object, oldObject, subresource, resource, operation } = attributes;
  if (subresource === 'status') return allocatedField(object as ResourceClaim, oldObject as Shared<ResourceClaim>);
  if (subresource !== '' || operation !== 'CREATE') return undefined;
  const devices =
    resource.resource === 'resourceclaims'
      ? (object as ResourceClaim).spec.devices
      : (object as ResourceClaimTemplate).spec.spec?.devices;
  return requestedField(devices);
}

function requestedField({ requests = [] }: DeviceClaim = {}): string | undefined {
  const at = requests.findIndex(({ exactly }) => exactly?.adminAccess === true);
  return at < 0 ? undefined : `spec.devices.requests[${at}].adminAccess`;
}

function allocatedField(claim: ResourceClaim, old: Shared<ResourceClaim>): string | undefined {
  const find = ({ status }: Shared<ResourceClaim>) =>
    status?.allocation?.devices?.results?.findIndex((result) => result.adminAccess === true) ?? -1;
  // What was granted stays.
  const at = find(old) < 0 ? find(claim) : -1;
  return at < 0 ? undefined : `status.allocation.devices.results[${at}].adminAccess`;
}

async function isAdminNamespace(
  { namespace, signal }: AdmissionAttributes,
  objects: Objects,
  client: Client,
): Promise<boolean> {
  const known = objects.get(READ_RESOURCES.namespaces, '', namespace);
  const isLabelled = ({ metadata }: Shared<KubeObject>) => metadata.labels?.[LABEL] === 'true';
  if (known !== undefined && isLabelled(known)) return true;
  // The label may be as new as the claim.
  return isLabelled(await client.get(READ_RESOURCES.namespaces, { name: namespace }, { signal }));
}
