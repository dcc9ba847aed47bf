/** What the Docker API edge needs and offers. */
import type { log } from '#base';
import type { Engine } from '#engine';

/** Where to listen: the path of a unix socket, or TCP (no authentication: loopback only, unless the caller knows better). */
export type ListenAddress = string | { host: string; port: number };

/** One open door. Disposing it ends its connections and removes its socket. */
export interface Listening extends AsyncDisposable {
  /** With the real port where 0 was asked. */
  readonly address: ListenAddress;
}

export interface ListenOptions {
  /** Permissions of the socket file; default 0o660. */
  mode?: number;
  /** Group that owns the socket file, when it exists on this host; default `hako`. */
  group?: string;
}

export interface DockerApiOptions {
  engine: Engine;
  /** Version of Hakobune, as `docker version` shows it; default: that of the package. */
  version?: string;
  /** Commit it was built from; may be empty. */
  commit?: string;
  log?: typeof log;
}

export interface DockerApi extends AsyncDisposable {
  /** Starts to serve. May be called several times. Throws `conflict` where another daemon serves the socket. */
  listen(address: ListenAddress, options?: ListenOptions): Promise<Listening>;
  /** Disposes every listener. */
  close(): Promise<void>;
}
