import type { KubeObject, Shared } from '#kube/api';
import type { LimitRange, Pod } from '#kube/api/resources';
import type { Objects } from '#kube/auth';
import { joinComplaints, refuse } from '../common/refuse.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import { checkClaim, checkPod } from './check.ts';
import { setContainerDefaults } from './defaults.ts';

/** LimitRanger: containers get the default resources of their namespace, and nothing asks for more or less than is allowed there. */
export function limitRanger(objects: Objects): AdmissionPlugin {
  const rangesFor = ({ namespace }: AdmissionAttributes) =>
    objects.list(READ_RESOURCES.limitRanges, namespace) as readonly Shared<LimitRange>[];
  return {
    name: 'LimitRanger',
    handles: (attributes) =>
      isLimited(attributes) &&
      attributes.oldObject?.metadata.deletionTimestamp === undefined &&
      rangesFor(attributes).length > 0,
    admit(attributes) {
      const { object, resource, operation } = attributes;
      if (object === undefined || resource.resource !== 'pods' || operation !== 'CREATE') return;
      for (const range of rangesFor(attributes)) setContainerDefaults(object as Pod, range);
    },
    validate(attributes) {
      const { object } = attributes;
      if (object === undefined) return;
      for (const range of rangesFor(attributes)) {
        const complaints = check(attributes, object, range);
        if (complaints.length > 0) throw refuse(attributes, joinComplaints(complaints));
      }
    },
  };
}

/** Pods when they are made or resized (nothing else of their resources can change), and claims. */
function isLimited({ operation, resource, subresource }: AdmissionAttributes): boolean {
  if (resource.group !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
  if (resource.resource === 'pods') return operation === 'CREATE' ? subresource === '' : subresource === 'resize';
  return resource.resource === 'persistentvolumeclaims' && subresource === '';
}

function check({ resource }: AdmissionAttributes, object: KubeObject, range: Shared<LimitRange>): string[] {
  return resource.resource === 'pods' ? checkPod(object as Pod, range) : checkClaim(object, range);
}
