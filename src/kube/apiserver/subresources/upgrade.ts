import type { ApiServer } from '../apiserver.ts';
import type { UpgradeRequest, UpgradeServer } from '../http/upgrade.ts';
import type { ApiRequest } from '../request.ts';

/** Subresources whose requests want another protocol. */
const CONNECTING: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

/**
 * Serves exec, attach, port-forward and proxy as `builtinHandlers` do without an upgrade, where nobody else takes the connection:
 * as long as no agent serves the node, the client is told so, or that there is no such pod.
 */
export function upgradeOf(server: ApiServer, others: UpgradeServer): UpgradeServer {
  return async (request, http, socket, head) => {
    if (await others(request, http, socket, head)) return true;
    if (CONNECTING.has(request.info.subresource)) await server.run(plainRequest(request), http);
    return false;
  };
}

function plainRequest({ info, user, query }: UpgradeRequest): ApiRequest {
  return {
    info,
    user,
    query,
    body: undefined,
    userAgent: '',
    accept: undefined,
    signal: new AbortController().signal,
    warn: () => undefined,
    annotate: () => undefined,
  };
}
