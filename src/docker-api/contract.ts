/** What the Docker API edge needs and offers. */
import type { log } from '#base';
import type { Engine } from '#engine';

/** Where to listen: a unix socket, or TCP (no authentication: loopback only, unless the caller knows better). */
export type ListenAddress = { path: string } | { host: string; port: number };

export interface ListenOptions {
  /** Permissions of the socket file; default 0o660. */
  mode?: number;
  /** Group that owns the socket file, when it exists on this host; default `hako`. */
  group?: string;
}

export interface DockerApiOptions {
  engine: Engine;
  /** Version of Hakobune, as `docker version` shows it. */
  version: string;
  /** Commit it was built from; may be empty. */
  commit?: string;
  log?: typeof log;
}

export interface DockerApi extends AsyncDisposable {
  /** Starts to serve; answers the bound address (with the real port where 0 was asked). May be called several times. */
  listen(address: ListenAddress, options?: ListenOptions): Promise<ListenAddress>;
  /** Stops listening, ends every connection and removes the sockets. */
  close(): Promise<void>;
}
