import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { sendStream } from '../server/send-stream.ts';

/** `GET /containers/{id}/export`: the root file system as a tar. */
export async function exportContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const tar = await engine.containers.exportRootfs(exchange.param('id'));
  await sendStream(exchange, tar, 'application/octet-stream');
}
