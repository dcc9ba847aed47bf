import type { Digest } from '#base';
import type { DatabaseSync } from '#state';
import type { Page } from '../contract.ts';

/** Repositories that have manifests, and their tags. */
export class NameTable {
  readonly #repositories;
  readonly #hasRepository;
  readonly #addRepository;
  readonly #removeRepository;
  readonly #tags;
  readonly #resolve;
  readonly #setTag;
  readonly #removeTag;
  readonly #count;

  constructor(database: DatabaseSync) {
    this.#repositories = database.prepare(
      'SELECT name FROM registry_repositories WHERE name > ? ORDER BY name LIMIT ?',
    );
    this.#hasRepository = database.prepare('SELECT 1 FROM registry_repositories WHERE name = ?');
    this.#addRepository = database.prepare('INSERT OR IGNORE INTO registry_repositories (name) VALUES (?)');
    this.#removeRepository = database.prepare('DELETE FROM registry_repositories WHERE name = ?');
    this.#tags = database.prepare(
      'SELECT tag FROM registry_tags WHERE repository = ? AND tag > ? ORDER BY tag LIMIT ?',
    );
    this.#resolve = database.prepare('SELECT digest FROM registry_tags WHERE repository = ? AND tag = ?');
    this.#setTag = database.prepare(
      `INSERT INTO registry_tags (repository, tag, digest) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET digest = excluded.digest`,
    );
    this.#removeTag = database.prepare('DELETE FROM registry_tags WHERE repository = ? AND tag = ?');
    this.#count = database.prepare('SELECT count(*) AS n FROM registry_repositories');
  }

  repositories(page: Page): string[] {
    return this.#repositories.all(page.after ?? '', page.limit).map((row) => String(row.name));
  }

  hasRepository(name: string): boolean {
    return this.#hasRepository.get(name) !== undefined;
  }

  addRepository(name: string): void {
    this.#addRepository.run(name);
  }

  removeRepository(name: string): void {
    this.#removeRepository.run(name);
  }

  countRepositories(): number {
    return Number(this.#count.get()?.n ?? 0);
  }

  tags(repository: string, page: Page): string[] {
    return this.#tags.all(repository, page.after ?? '', page.limit).map((row) => String(row.tag));
  }

  resolve(repository: string, tag: string): Digest | undefined {
    return this.#resolve.get(repository, tag)?.digest as Digest | undefined;
  }

  setTag(repository: string, tag: string, digest: Digest): void {
    this.#setTag.run(repository, tag, digest);
  }

  removeTag(repository: string, tag: string): boolean {
    return this.#removeTag.run(repository, tag).changes > 0;
  }
}
