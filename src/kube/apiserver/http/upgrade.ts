import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { handle } from './handler.ts';
import type { Services } from './services.ts';

/**
 * Serves a connection that wants another protocol as every request is served: authenticated, audited, allowed, classified, admitted. Who
 * serves it takes the connection over (`ApiRequest.upgrade`), or answers, and the connection ends: nothing can be sent through a tunnel
 * that was not opened.
 */
export async function handleUpgrade(
  services: Services,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const { ServerResponse } = process.getBuiltinModule('node:http');
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // Not only its own end: nobody reads here, so a client that keeps the other would keep the connection for ever.
  response.once('finish', () => socket.destroySoon());
  await handle(services, request, response, { socket, head });
}
