import { HakoError } from '#base';
import { object, text } from '../schema/shape.ts';
import type { Exchange } from '../server/exchange.ts';

const ociPlatform = object({ os: text, architecture: text, variant: text });

/** The `platform` of a query, for options of the images folder: empty without one. Throws `invalid`. */
export function platformQuery({ query }: Exchange): { platform?: string } {
  const given = query.all('platform').filter((each) => each !== '');
  if (given.length > 1)
    throw new HakoError('invalid', 'more than one platform was given: ask for one, or for all of them');
  return given[0] === undefined ? {} : { platform: parseGiven(given[0]) };
}

/** `platforms` of a query. Throws `invalid`, also for an empty one: it must not be taken for all of them. */
export function platformsQuery({ query }: Exchange): string[] {
  const given = query.all('platforms');
  if (given.includes(''))
    throw new HakoError(
      'invalid',
      'failed to parse platform: "platforms" is empty; write linux/amd64, or leave it out',
    );
  return given.map(parseGiven);
}

/** An OCI platform as JSON, as docker's clients write it from 1.46 on, or `linux/amd64`. */
function parseGiven(given: string): string {
  if (!given.startsWith('{')) return given;
  try {
    const { os = 'linux', architecture = '', variant } = ociPlatform.decode(JSON.parse(given), 'platform');
    return [os, architecture, ...(variant ? [variant] : [])].join('/');
  } catch (cause) {
    throw new HakoError('invalid', `invalid platform: ${given.slice(0, 100)}`, { cause });
  }
}
