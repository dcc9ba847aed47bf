import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { log } from '#base';
import { createDockerApi } from '../api.ts';
import { createFakeEngine, type FakeEngine } from './fake-engine.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** The API over a fake engine on a socket of its own. */
export interface FakeServer extends AsyncDisposable {
  engine: FakeEngine;
  socketPath: string;
  /** Messages that the server logged. */
  logged: string[];
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

export async function serveFake(): Promise<FakeServer> {
  const folder = mkdtempSync(`${tmpdir()}/hako-docker-api-`);
  const socketPath = `${folder}/docker.sock`;
  const engine = createFakeEngine();
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const api = createDockerApi({ engine, version: '9.9.9', log: { ...log, debug: note, error: note } });
  await api.listen(socketPath, { group: 'no-such-group' });
  return {
    engine,
    socketPath,
    logged,
    call: (method, path, body) => call(socketPath, method, path, body),
    async [Symbol.asyncDispose]() {
      await api.close();
      await engine[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

async function call(socketPath: string, method: string, path: string, body: unknown): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const outgoing = request({ socketPath, method, path, headers, agent: false }, (response) => {
    text(response).then(
      (received) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received }),
      reject,
    );
  });
  outgoing.on('error', reject);
  outgoing.end(body === undefined ? undefined : raw ? body : JSON.stringify(body));
  return promise;
}
