import { forbidden, type GroupResource, StatusError } from '#kube/api';
import type { RequestInfo, UserInfo } from '#kube/auth';

/** The 403 of upstream's words: who may not do what to what, where. */
export function notAllowed(info: RequestInfo, user: UserInfo, reason: string): StatusError {
  const why = reason === '' ? '' : `: ${reason}`;
  if (!info.isResourceRequest) {
    return new StatusError(
      403,
      'Forbidden',
      `forbidden: User "${user.name}" cannot ${info.verb} path "${info.path}"${why}`,
      {},
    );
  }
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`;
  const where = info.namespace === '' ? ' at the cluster scope' : ` in the namespace "${info.namespace}"`;
  const gr: GroupResource = { group: info.apiGroup, resource: info.resource };
  return forbidden(
    gr,
    info.name,
    `User "${user.name}" cannot ${info.verb} resource "${resource}" in API group "${info.apiGroup}"${where}${why}`,
  );
}
