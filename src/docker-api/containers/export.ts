import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { sendStream } from '../server/send-stream.ts';
import { announceContainer } from './announce.ts';

/** `GET /containers/{id}/export`: the root file system as a tar. */
export async function exportContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const container = engine.containers.get(exchange.param('id'));
  const tar = await engine.containers.exportRootfs(container.id);
  announceContainer(engine, 'export', container);
  await sendStream(exchange, tar, 'application/octet-stream');
}
