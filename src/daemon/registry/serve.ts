import { log } from '#base';
import { openFolderStorage, openRegistry, type Registry } from '#registry';
import { quotasOf, type RegistrySettings, registryOptions } from './options.ts';

/** A registry on a folder of its own. */
export function openFolderRegistry(dir: string, settings: RegistrySettings): Promise<Registry> {
  const options = registryOptions(settings);
  return openRegistry({ ...options, storage: openFolderStorage({ dir, quotas: quotasOf(settings) }) });
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
