import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';

/** `POST /hako/purge`: bridges, rules, namespaces and cgroups of this daemon go; the caller stops it afterwards. */
export async function purge(exchange: Exchange, { engine }: Api): Promise<void> {
  await engine.purge();
  exchange.empty(204);
}
