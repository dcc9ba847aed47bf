import type { Digest } from '#base';
import type { DatabaseSync } from '#state';
import type { Quotas } from '../contract.ts';
import { RegistryError } from '../errors.ts';

const CONTENT =
  'SELECT repository, digest, size FROM registry_blobs UNION SELECT repository, digest, size FROM registry_manifests';

/** How many bytes there are, and whether there may be more. Uploads under way count as well. */
export class UsageMeter {
  readonly #quotas: Quotas;
  readonly #totalQuery;
  readonly #repositoryQuery;
  readonly #holders;
  readonly #repositories = new Map<string, number>();
  readonly #underWay = new Map<string, number>();
  #total: number | undefined;

  constructor(database: DatabaseSync, quotas: Quotas) {
    this.#quotas = quotas;
    this.#totalQuery = database.prepare(
      `SELECT coalesce(sum(size), 0) AS bytes FROM (SELECT digest, max(size) AS size FROM (${CONTENT}) GROUP BY digest)`,
    );
    this.#repositoryQuery = database.prepare(
      `SELECT coalesce(sum(size), 0) AS bytes FROM (
         SELECT digest, size FROM registry_blobs WHERE repository = ?1
         UNION SELECT digest, size FROM registry_manifests WHERE repository = ?1)`,
    );
    this.#holders = database.prepare(
      `SELECT 1 FROM registry_blobs WHERE digest = ?1 UNION ALL SELECT 1 FROM registry_manifests WHERE digest = ?1 LIMIT 1`,
    );
  }

  /** True while any repository has the content. */
  isHeld(digest: Digest): boolean {
    return this.#holders.get(digest) !== undefined;
  }

  /** To be called when a repository gained or lost content: it is summed up again when it is next asked for. */
  changed(repository: string): void {
    this.#repositories.delete(repository);
    this.#total = undefined;
  }

  totalBytes(): number {
    this.#total ??= Number(this.#totalQuery.get()?.bytes ?? 0);
    return this.#total;
  }

  repositoryBytes(repository: string): number {
    const known = this.#repositories.get(repository);
    if (known !== undefined) return known;
    const bytes = Number(this.#repositoryQuery.get(repository)?.bytes ?? 0);
    this.#repositories.set(repository, bytes);
    return bytes;
  }

  /** Counts the bytes of an upload that goes on (or, with undefined, no longer does). */
  setUnderWay(upload: string, bytes: number | undefined): void {
    if (bytes === undefined) this.#underWay.delete(upload);
    else this.#underWay.set(upload, bytes);
  }

  /** Throws DENIED where the repository may not have `moreBytes`, which are new to the registry unless `isShared`. */
  check(repository: string, moreBytes: number, isShared = false): void {
    const { repositoryBytes } = this.#quotas;
    if (repositoryBytes !== undefined && this.repositoryBytes(repository) + moreBytes > repositoryBytes)
      throw overQuota(`the repository "${repository}"`, repositoryBytes);
    if (!isShared) this.#checkTotal(moreBytes);
  }

  /** Whether `check` would let it pass, what is under way included. */
  fits(repository: string, moreBytes: number): boolean {
    try {
      this.check(repository, moreBytes);
      return true;
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'DENIED') return false;
      throw error;
    }
  }

  /** The same for an upload that is to have `bytes` in all. */
  checkUpload(repository: string, upload: string, bytes: number): void {
    this.check(repository, bytes, true);
    this.#checkTotal(bytes - (this.#underWay.get(upload) ?? 0));
  }

  #checkTotal(moreBytes: number): void {
    const { totalBytes } = this.#quotas;
    if (totalBytes === undefined) return;
    const underWay = this.#underWay.values().reduce((sum, bytes) => sum + bytes, 0);
    if (this.totalBytes() + underWay + moreBytes > totalBytes) throw overQuota('the registry', totalBytes);
  }
}

function overQuota(what: string, quotaBytes: number): RegistryError {
  return new RegistryError('DENIED', `the quota of ${what} is ${quotaBytes} bytes: delete images, or ask for more`, {
    detail: { quotaBytes },
  });
}
