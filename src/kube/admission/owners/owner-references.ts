import { type KubeObject, type OwnerReference, parseGroupVersion, type Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { type Authorizer, resourceQuestion } from '#kube/auth';
import { refuse } from '../common/refuse.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';

/**
 * OwnerReferencesPermissionEnforcement: owners decide when an object goes, so who changes them has to be allowed to delete it; and who
 * makes an object hold up its owner's deletion has to be allowed to set finalizers on that.
 */
export function ownerReferences(authorizer: Authorizer, types: ResourceTypes): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: ({ operation, resource, subresource, object, oldObject }) =>
      (operation === 'CREATE' || operation === 'UPDATE') &&
      !(resource.group === '' && resource.resource === 'pods' && subresource === 'status') &&
      !semanticEqual(ownersOf(object), ownersOf(oldObject)),
    async validate(attributes) {
      if (attributes.operation === 'UPDATE') await checkDelete(attributes, authorizer);
      for (const owner of newlyBlocking(attributes)) await checkFinalizers(attributes, owner, authorizer, types);
    },
  };
}

function ownersOf(object: Shared<KubeObject> | undefined): readonly Shared<OwnerReference>[] {
  return object?.metadata?.ownerReferences ?? [];
}

async function checkDelete(attributes: AdmissionAttributes, authorizer: Authorizer): Promise<void> {
  const { user, resource, namespace, name } = attributes;
  const { group: apiGroup, version: apiVersion, resource: plural } = resource;
  const question = resourceQuestion(user, { verb: 'delete', apiGroup, apiVersion, resource: plural, namespace, name });
  const { decision, reason } = await authorizer.authorize(question);
  if (decision !== 'allow')
    throw refuse(attributes, `cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`);
}

/** The owners whose deletion the object holds up from now on. */
function newlyBlocking({ object, oldObject }: AdmissionAttributes): readonly Shared<OwnerReference>[] {
  const before = ownersOf(oldObject).filter(({ blockOwnerDeletion }) => blockOwnerDeletion === true);
  return ownersOf(object).filter(
    ({ blockOwnerDeletion, uid }) => blockOwnerDeletion === true && !before.some((old) => old.uid === uid),
  );
}

async function checkFinalizers(
  attributes: AdmissionAttributes,
  { apiVersion, kind, name }: Shared<OwnerReference>,
  authorizer: Authorizer,
  types: ResourceTypes,
): Promise<void> {
  const found = types.ofKind({ ...parseGroupVersion(apiVersion), kind });
  if (found === undefined) {
    const why = `cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}`;
    throw refuse(attributes, `cannot set blockOwnerDeletion in this case because ${why}`);
  }
  const { group, version, resource } = found.resource;
  const question = resourceQuestion(attributes.user, {
    verb: 'update',
    apiGroup: group,
    apiVersion: version,
    resource,
    subresource: 'finalizers',
    namespace: found.namespaced ? attributes.namespace : '',
    name,
  });
  const { decision, reason } = await authorizer.authorize(question);
  if (decision === 'allow') return;
  const cannot = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
  throw refuse(attributes, `${cannot}: ${reason}, <nil>`);
}
