import { execFile } from 'node:child_process';
import { log } from '#base';

interface ForeignChain {
  family: string;
  table: string;
  name: string;
  hook?: string;
  policy?: string;
}

/**
 * Chains of other programs that drop forwarded packets unless told otherwise (Docker's and ufw's do). A verdict of ours
 * cannot overrule them: all that can be done is to say so. Empty where they cannot be listed.
 */
export async function foreignForwardDrops(ownTable: string): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile('nft', ['-j', 'list', 'chains'], { timeout: 5000 }, (error, stdout) =>
    resolve(error === null ? stdout : ''),
  );
  return parseForwardDrops(await promise, ownTable);
}

/** Reads the JSON of `nft -j list chains` (libnftables-json(5)). */
export function parseForwardDrops(json: string, ownTable: string): string[] {
  if (json === '') return [];
  try {
    const { nftables = [] } = JSON.parse(json) as { nftables?: { chain?: ForeignChain }[] };
    return nftables
      .flatMap(({ chain }) => chain ?? [])
      .filter(({ hook, policy, table }) => hook === 'forward' && policy === 'drop' && table !== ownTable)
      .map(({ family, table, name }) => `${family} ${table} ${name}`);
  } catch (error) {
    log.debug('nft answered something that is no JSON', { error: String(error) });
    return [];
  }
}

/** What to tell the user of them; empty where there are none. */
export function forwardDropWarning(chains: readonly string[]): string {
  if (chains.length === 0) return '';
  const which = chains.map((chain) => `"${chain}"`).join(', ');
  return `the firewall chain ${which} of another program drops forwarded packets: let the bridges of this engine through there`;
}
