import type { Digest } from '#base';
import type { DatabaseSync } from '#state';
import type { NewManifest, Page, ReferrerDescriptor } from '../contract.ts';

/** What was fetched goes by its age, not for want of a tag. */
const NOTHING_LEADS_TO_M = `
  AND m.fetched = 0
  AND NOT EXISTS (SELECT 1 FROM registry_tags t WHERE t.repository = m.repository AND t.digest = m.digest)
  AND NOT EXISTS (SELECT 1 FROM registry_links l WHERE l.repository = m.repository AND l.digest = m.digest)
  AND NOT EXISTS (SELECT 1 FROM registry_manifests s WHERE s.repository = m.repository AND s.digest = m.subject)`;

/** Which repository has which manifest, what it names, and who is its subject. */
export class ManifestTable {
  readonly #find;
  readonly #insert;
  readonly #link;
  readonly #delete;
  readonly #linker;
  readonly #referrers;
  readonly #unreachable;
  readonly #isUnreachable;
  readonly #any;
  readonly #touch;
  readonly #leastUsed;
  readonly #named;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      'SELECT media_type, size FROM registry_manifests WHERE repository = ? AND digest = ?',
    );
    this.#insert = database.prepare(
      `INSERT INTO registry_manifests (repository, digest, media_type, size, subject, artifact_type, annotations, used_at_ms, fetched)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         media_type = excluded.media_type, used_at_ms = excluded.used_at_ms, fetched = min(fetched, excluded.fetched)`,
    );
    this.#link = database.prepare(
      'INSERT OR IGNORE INTO registry_links (repository, manifest, digest) VALUES (?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM registry_manifests WHERE repository = ? AND digest = ?');
    this.#linker = database.prepare('SELECT manifest FROM registry_links WHERE repository = ? AND digest = ? LIMIT 1');
    this.#referrers = database.prepare(
      `SELECT digest, media_type, size, artifact_type, annotations FROM registry_manifests
       WHERE repository = ? AND subject = ? AND digest > ? AND (? IS NULL OR artifact_type = ?) ORDER BY digest LIMIT ?`,
    );
    const unreachable = 'SELECT repository, digest FROM registry_manifests m WHERE used_at_ms < ?';
    this.#unreachable = database.prepare(`${unreachable} ${NOTHING_LEADS_TO_M}`);
    this.#isUnreachable = database.prepare(`${unreachable} AND repository = ? AND digest = ? ${NOTHING_LEADS_TO_M}`);
    this.#any = database.prepare('SELECT 1 FROM registry_manifests WHERE repository = ? LIMIT 1');
    this.#named = database.prepare('SELECT digest FROM registry_links WHERE repository = ? AND manifest = ?');
    this.#touch = database.prepare(
      `UPDATE registry_manifests SET used_at_ms = ?3
       WHERE repository = ?1 AND digest = ?2 AND fetched = 1 AND used_at_ms < ?3`,
    );
    this.#leastUsed = database.prepare(
      `SELECT repository, digest FROM registry_manifests WHERE fetched = 1 AND used_at_ms < ?
       ORDER BY used_at_ms LIMIT ?`,
    );
  }

  find(repository: string, digest: Digest): { mediaType: string; sizeBytes: number } | undefined {
    const row = this.#find.get(repository, digest);
    return row === undefined ? undefined : { mediaType: String(row.media_type), sizeBytes: Number(row.size) };
  }

  /** `isFetched`: from the upstream of a cache. What somebody pushed stays pushed. */
  add(repository: string, manifest: NewManifest, nowMs: number, isFetched = false): void {
    const { digest, mediaType, bytes, subject, artifactType, annotations } = manifest;
    this.#insert.run(
      repository,
      digest,
      mediaType,
      bytes.length,
      subject ?? null,
      artifactType ?? null,
      annotations === undefined ? null : JSON.stringify(annotations),
      nowMs,
      isFetched ? 1 : 0,
    );
    for (const named of [...manifest.blobs, ...manifest.manifests]) this.#link.run(repository, digest, named.digest);
  }

  /** Its tags and links go with it. */
  remove(repository: string, digest: Digest): boolean {
    return this.#delete.run(repository, digest).changes > 0;
  }

  /** A manifest of the repository that names this blob or manifest. */
  linkerOf(repository: string, digest: Digest): Digest | undefined {
    return this.#linker.get(repository, digest)?.manifest as Digest | undefined;
  }

  /** The blobs and manifests that a manifest names. */
  namedBy(repository: string, digest: Digest): Digest[] {
    return this.#named.all(repository, digest).map((row) => row.digest as Digest);
  }

  /** Writes down when a fetched manifest was last asked for. */
  touch(repository: string, digest: Digest, usedAtMs: number): void {
    this.#touch.run(repository, digest, usedAtMs);
  }

  /** Fetched manifests that nobody asked for since `beforeMs`, the longest unused first. */
  leastUsed(beforeMs: number, limit: number): { repository: string; digest: Digest }[] {
    return this.#leastUsed.all(beforeMs, limit).map((row) => ({
      repository: String(row.repository),
      digest: row.digest as Digest,
    }));
  }

  hasAny(repository: string): boolean {
    return this.#any.get(repository) !== undefined;
  }

  referrers(repository: string, subject: Digest, artifactType: string | undefined, page: Page): ReferrerDescriptor[] {
    const type = artifactType ?? null;
    return this.#referrers.all(repository, subject, page.after ?? '', type, type, page.limit).map(toDescriptor);
  }

  /** Manifests that no tag, index or living subject leads to, last pushed before `beforeMs`. */
  unreachable(beforeMs: number): { repository: string; digest: Digest }[] {
    return this.#unreachable.all(beforeMs).map((row) => ({
      repository: String(row.repository),
      digest: row.digest as Digest,
    }));
  }

  /** The same of one, as things are now. */
  isUnreachable(repository: string, digest: Digest, beforeMs: number): boolean {
    return this.#isUnreachable.get(beforeMs, repository, digest) !== undefined;
  }
}

function toDescriptor(row: Record<string, unknown>): ReferrerDescriptor {
  return {
    mediaType: String(row.media_type),
    digest: row.digest as Digest,
    size: Number(row.size),
    ...(row.artifact_type === null ? {} : { artifactType: String(row.artifact_type) }),
    ...(row.annotations === null ? {} : { annotations: JSON.parse(String(row.annotations)) as Record<string, string> }),
  };
}
