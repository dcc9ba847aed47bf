import type { AdmissionAttributes } from '../contract.ts';

/** Is this about the resource (`''` is the core group) itself, not one of its subresources? */
export function isAbout({ resource, subresource }: AdmissionAttributes, group: string, plural: string): boolean {
  return resource.resource === plural && resource.group === group && subresource === '';
}

/** Is a pod to be created? The question that most plugins ask, and ask of every write. */
export function isPodCreate(attributes: AdmissionAttributes): boolean {
  return attributes.operation === 'CREATE' && isAbout(attributes, '', 'pods');
}
