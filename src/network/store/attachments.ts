import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseSync, type Migrations, migrate, openDatabase, transaction } from '#state';
import type { Endpoint, PortRequest, PublishedPort } from '../contract.ts';

/** An endpoint with what we need to restore or undo it. */
export interface EndpointRecord extends Endpoint {
  /** Name of the host's end of the veth pair; empty on host and none. */
  hostInterface: string;
  gatewayPriority: number;
  dnsServers: string[];
}

/** A port as it was asked for and as it was given. */
export interface PortRecord {
  request: PortRequest;
  hostPort: number;
  published: PublishedPort[];
}

/** What one container has of us. */
export interface Attachment {
  containerId: string;
  netnsPath: string;
  /** By network id. */
  endpoints: Map<string, EndpointRecord>;
  ports: PortRecord[];
}

const MIGRATIONS: Migrations = {
  module: 'attachments',
  steps: ['CREATE TABLE attachments (container_id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;'],
};

/**
 * What containers have of us while they run. It dies with the kernel, so its file is named after the boot and a commit
 * need not reach the disk: surviving SIGKILL takes no more than the page cache.
 */
export class AttachmentStore implements Disposable {
  readonly #database: DatabaseSync;
  readonly #byContainer = new Map<string, Attachment>();

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const name = `attachments-${bootId()}.db`;
    for (const file of readdirSync(dir)) {
      if (file.startsWith('attachments-') && !file.startsWith(name)) rmSync(join(dir, file));
    }
    this.#database = openDatabase(join(dir, name));
    this.#database.exec('PRAGMA synchronous = OFF');
    migrate(this.#database, MIGRATIONS);
    for (const row of this.#database.prepare('SELECT data FROM attachments').all()) {
      const attachment = decode(String(row.data));
      this.#byContainer.set(attachment.containerId, attachment);
    }
  }

  list(): Attachment[] {
    return [...this.#byContainer.values()];
  }

  get(containerId: string): Attachment | undefined {
    return this.#byContainer.get(containerId);
  }

  /** Writes an attachment down as it is now. */
  put(attachment: Attachment): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO attachments (container_id, data) VALUES (?, ?)')
      .run(attachment.containerId, encode(attachment));
    this.#byContainer.set(attachment.containerId, attachment);
  }

  delete(containerId: string): void {
    if (!this.#byContainer.delete(containerId)) return;
    this.#database.prepare('DELETE FROM attachments WHERE container_id = ?').run(containerId);
  }

  clear(): void {
    transaction(this.#database, () => this.#database.exec('DELETE FROM attachments'));
    this.#byContainer.clear();
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
}

function encode(attachment: Attachment): string {
  return JSON.stringify({ ...attachment, endpoints: [...attachment.endpoints.values()] });
}

function decode(data: string): Attachment {
  const plain: Omit<Attachment, 'endpoints'> & { endpoints: EndpointRecord[] } = JSON.parse(data);
  return { ...plain, endpoints: new Map(plain.endpoints.map((endpoint) => [endpoint.networkId, endpoint])) };
}
