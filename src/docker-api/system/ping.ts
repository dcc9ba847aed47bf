import type { Exchange } from '../server/exchange.ts';

/** `GET` and `HEAD /_ping`: where clients learn the API version. Builder-Version 1 sends builds to the classic builder. */
export function ping(exchange: Exchange): void {
  const { request, response } = exchange;
  response.writeHead(200, {
    'Builder-Version': '1',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    'Content-Length': 2,
    'Content-Type': 'text/plain; charset=utf-8',
    Pragma: 'no-cache',
    Swarm: 'inactive',
  });
  response.end(request.method === 'HEAD' ? undefined : 'OK');
}
