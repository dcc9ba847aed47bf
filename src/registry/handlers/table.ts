import type { RouteKind } from '../http/route.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import type { Endpoint } from './handler.ts';
import { listReferrers, listRepositories, listTags } from './lists.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import { getBase, getHealth, getMetrics, getToken, postToken } from './service.ts';
import { cancelUpload, getUpload, patchUpload, putUpload, startUpload } from './uploads.ts';

/** GET serves HEAD as well. */
function readable(endpoint: Endpoint): Record<string, Endpoint> {
  return { GET: endpoint, HEAD: endpoint };
}

/** Every endpoint, by route and method. */
export const ENDPOINTS: Record<RouteKind, Readonly<Record<string, Endpoint>>> = {
  base: readable({ handle: getBase }),
  catalog: readable({ handle: listRepositories }),
  tags: readable({ action: 'pull', handle: listTags }),
  referrers: readable({ action: 'pull', handle: listReferrers }),
  manifest: {
    ...readable({ action: 'pull', handle: getManifest }),
    PUT: { action: 'push', handle: putManifest },
    DELETE: { action: 'delete', handle: deleteManifest },
  },
  blob: { ...readable({ action: 'pull', handle: getBlob }), DELETE: { action: 'delete', handle: deleteBlob } },
  uploads: { POST: { action: 'push', handle: startUpload } },
  upload: {
    ...readable({ action: 'push', handle: getUpload }),
    PATCH: { action: 'push', handle: patchUpload },
    PUT: { action: 'push', handle: putUpload },
    DELETE: { action: 'push', handle: cancelUpload },
  },
  token: { GET: { open: true, handle: getToken }, POST: { open: true, handle: postToken } },
  metrics: readable({ handle: getMetrics }),
  health: readable({ open: true, handle: getHealth }),
};
