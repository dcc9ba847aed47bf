/**
 * node:http without its ES module facade, which loads what a server never uses (16 MB; see docker-api/server/node-http.ts).
 * node:https is loaded where there is a certificate.
 */
export const { createServer } = process.getBuiltinModule('node:http');

export function createSecureServer(...args: Parameters<typeof import('node:https').createServer>) {
  return process.getBuiltinModule('node:https').createServer(...args);
}
