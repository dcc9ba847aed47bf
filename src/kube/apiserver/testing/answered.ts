import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A client with the head of its answer, and what `respond` threw: at the latest the end of it all fails with that. */
export interface Answered extends AsyncDisposable {
  readonly response: IncomingMessage;
  readonly failures: readonly unknown[];
}

/** A real server that answers every request by `respond`, and a client's request to it. */
export async function answered(respond: (response: ServerResponse) => void | Promise<void>): Promise<Answered> {
  const failures: unknown[] = [];
  const server = createServer((_request, response) => {
    Promise.try(respond, response).catch((error: unknown) => failures.push(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(get({ host: '127.0.0.1', port }), 'response')) as [IncomingMessage];
  return {
    response,
    failures,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      if (failures.length > 0) throw new AggregateError(failures, 'the answer failed');
    },
  };
}
