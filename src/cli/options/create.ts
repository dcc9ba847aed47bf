/** All flags of `run` and `create`, and the request that they make. */

import type { Values } from '../args/flags.ts';
import { ignored, text, toggle } from '../args/flags.ts';
import { UsageError } from '../errors.ts';
import { healthFlags, healthOptions } from './health.ts';
import { networkFlags, networkOptions } from './network.ts';
import { processFlags, processOptions } from './process.ts';
import { resourceFlags, resourceOptions } from './resources.ts';
import { securityFlags, securityOptions } from './security.ts';
import { storageFlags, storageOptions } from './storage.ts';
import { defined } from './values.ts';

export const createFlags = {
  ...processFlags,
  ...networkFlags,
  ...storageFlags,
  ...resourceFlags,
  ...securityFlags,
  ...healthFlags,
  cidfile: text('', 'FILE', 'Write the id of the container into a new file'),
  pull: text('', 'WHEN', 'Fetch the image: always, missing, never', 'missing'),
  quiet: toggle('q', 'Do not show the progress of fetching the image'),
  'disable-content-trust': { ...toggle('', '', true), hidden: true },
  'cpu-count': ignored('', 'N'),
  'cpu-percent': ignored('', 'N'),
  'io-maxbandwidth': ignored('', 'BYTES'),
  'io-maxiops': ignored('', 'N'),
};

export type CreateFlags = Values<typeof createFlags>;

/** The body of POST /containers/create; `words` are the image and the command. Throws UsageError. */
export async function createBody(flags: CreateFlags, given: ReadonlySet<string>, words: readonly string[]) {
  const [image = '', ...command] = words;
  if (image === '') throw new UsageError('the name of the image is empty');
  const parts = await Promise.all([
    processOptions(flags, given),
    networkOptions(flags),
    storageOptions(flags),
    resourceOptions(flags),
    securityOptions(flags),
    healthOptions(flags),
  ]);
  const config: Record<string, unknown> = defined(Object.assign({}, ...parts.map((part) => part.config)));
  const hostConfig: Record<string, unknown> = defined(Object.assign({}, ...parts.map((part) => part.hostConfig)));
  const networking = Object.assign({}, ...parts.map((part) => part.networking));
  if (command.length > 0) config.Cmd = command;
  return { ...config, Image: image, HostConfig: hostConfig, NetworkingConfig: networking };
}
