/** What the commands for artifacts have in common. They talk to the registry themselves: no daemon is needed. */

import type { Values } from '../../args/flags.ts';
import { list, text } from '../../args/flags.ts';

export const registryFlags = {
  platform: text('', 'OS/ARCH', 'Of an index mean the image of this platform, not the index'),
  'insecure-registry': list('', 'HOST', 'Registries that may be reached without TLS'),
};

/** The options of #images/remote that the flags say, with docker's credentials. */
export async function registryOptions(flags: Values<typeof registryFlags>) {
  const { DockerConfig } = await import('#images/remote');
  const config = DockerConfig.open();
  return {
    platform: flags.platform,
    credentialsFor: (domain: string) => config.credentialsFor(domain),
    settings: { insecureRegistries: flags['insecure-registry'] },
  };
}
