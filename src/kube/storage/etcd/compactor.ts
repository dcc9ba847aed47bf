import { errorMessage } from '#base';
import type { EtcdConnection } from './connection.ts';
import { readTxnResponse, versionedPutRequest } from './messages.ts';

/** Where upstream's servers agree on who compacts; its value is the revision at that time. */
const KEY = 'compact_rev_key';

/**
 * Compacts etcd as upstream's servers do: of all that share a cluster, one in each interval writes the key, and compacts to the
 * revision that was the newest an interval ago.
 */
export class Compactor implements Disposable {
  readonly #connection: EtcdConnection;
  readonly #compact: (revision: number) => Promise<void>;
  readonly #timer: NodeJS.Timeout | undefined;
  #version = 0;
  #revision = 0;

  constructor(connection: EtcdConnection, everyMs: number, compact: (revision: number) => Promise<void>) {
    this.#connection = connection;
    this.#compact = compact;
    if (everyMs > 0) this.#timer = setInterval(() => void this.#turn(), everyMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #turn(): Promise<void> {
    try {
      const before = this.#revision;
      const request = versionedPutRequest(KEY, this.#version, String(before));
      const answer = readTxnResponse(await this.#connection.call('/etcdserverpb.KV/Txn', request, { isWrite: true }));
      this.#revision = answer.revision;
      if (!answer.succeeded) {
        this.#version = answer.version;
        return;
      }
      this.#version++;
      if (before > 0) await this.#compact(before);
    } catch (error) {
      // Somebody's next turn does it.
      if (!this.#connection.closed.aborted) process.emitWarning(`etcd was not compacted: ${errorMessage(error)}`);
    }
  }
}
