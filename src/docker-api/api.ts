import { readFileSync } from 'node:fs';
import { log } from '#base';
import type { DockerApi, DockerApiOptions, ListenAddress, Listening, ListenOptions } from './contract.ts';
import { routes } from './routes.ts';
import { Dispatcher } from './server/dispatch.ts';
import { Listener } from './server/listener.ts';
import { Router } from './server/router.ts';

/** Makes the Docker Engine API over an engine. Nothing listens until `listen` is called. */
export function createDockerApi(options: DockerApiOptions): DockerApi {
  const api = {
    engine: options.engine,
    version: options.version ?? packageVersion(),
    commit: options.commit ?? '',
    log: options.log ?? log,
  };
  const dispatcher = new Dispatcher(new Router(routes), api);
  const listeners = new Set<Listener>();

  const close = async (): Promise<void> => {
    const open = [...listeners];
    listeners.clear();
    await Promise.all(open.map((listener) => listener[Symbol.asyncDispose]()));
  };
  return {
    async listen(address: ListenAddress, listenOptions: ListenOptions = {}): Promise<Listening> {
      const listener = await Listener.open(dispatcher, address, listenOptions);
      listeners.add(listener);
      return listener;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8'));
  return manifest.version;
}
