import { log } from '#base';
import { openFolderStorage, openRegistry, type Registry, RegistryError } from '#registry';
import { quotasOf, type RegistrySettings, registryOptions } from './options.ts';
import { fullPath, parseUpstreamAddress } from './upstream/address.ts';
import { cacheOptions } from './upstream/open.ts';

/** A registry on a folder of its own. */
export function openFolderRegistry(dir: string, settings: RegistrySettings): Promise<Registry> {
  const options = registryOptions(settings);
  const cache = cacheOptions(settings, false);
  const storage = openFolderStorage({ dir, quotas: quotasOf(settings), ...(cache ? { cache } : {}) });
  return openRegistry({ ...options, ...(settings.proxy ? { canonicalName: namesOf(settings.proxy) } : {}), storage });
}

/** Clients that want another registry's images from a mirror (`ns`) must not get those of this one. */
function namesOf(proxy: string): (repository: string, namespace: string | null) => string {
  const { domain } = parseUpstreamAddress(proxy);
  return (repository, namespace) => {
    if (namespace === null || namespace === domain) return fullPath(domain, repository);
    throw new RegistryError('NAME_UNKNOWN', `this is a cache of ${domain}, not of ${namespace.slice(0, 100)}`);
  };
}

/** `hako registry serve`: serves until SIGTERM or SIGINT. SIGHUP opens the access log anew. */
export async function runRegistry(dir: string, settings: RegistrySettings): Promise<void> {
  await using registry = await openFolderRegistry(dir, settings);
  const { host, port } = registry.address;
  const reopen = () => registry.reopenLog();
  process.on('SIGHUP', reopen);
  log.info('registry serves', { address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, root: dir });
  await untilTold();
  process.off('SIGHUP', reopen);
}

function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
