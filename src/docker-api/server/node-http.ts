/**
 * node:http without its ES module facade. The facade evaluates every export, the lazy ones too, and so loads WebSocket
 * and with it undici, http2 and tls: 16 MB of memory that the daemon never uses.
 */
export const { createServer, ServerResponse } = process.getBuiltinModule('node:http');
export type { Server, ServerResponse as Response } from 'node:http';
