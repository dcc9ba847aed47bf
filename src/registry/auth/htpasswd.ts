import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { errorMessage, log } from '#base';
import { BcryptComparer } from './bcrypt.ts';

const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
/** What unknown users are compared with, so that they take as long as known ones. */
const NOBODY = '$2b$10$abcdefghijklmnopqrstuuLJsQxQhGkR9Q5nKUGXUFqZ3fzmwBZ5u';
const CHECK_EVERY_MS = 1_000;
const MAX_PASSWORD_BYTES = 1_024;
const MAX_REMEMBERED = 1_000;

/** Users of a file as Apache's `htpasswd -B` writes it. The file is read again when it changes. */
export class Htpasswd implements AsyncDisposable {
  readonly #path: string;
  readonly #comparer = new BcryptComparer();
  /** Passwords that were right, as keyed digests: bcrypt is slow on purpose, and clients send the password with every request. */
  readonly #right = new Map<string, string>();
  readonly #key = randomBytes(32);
  #users = new Map<string, string>();
  #state = '';
  #checkedAtMs = 0;

  /** Throws when the file cannot be read. */
  constructor(path: string) {
    this.#path = path;
    this.#load();
  }

  async verify(user: string, password: string): Promise<boolean> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return false;
    this.#reloadIfChanged();
    const hash = this.#users.get(user);
    const proof = createHmac('sha256', this.#key).update(`${hash}\0${password}`).digest('base64');
    if (hash !== undefined && this.#right.get(user) === proof) return true;
    const matches = await this.#comparer.compare(password, hash ?? NOBODY);
    if (!matches || hash === undefined) return false;
    if (this.#right.size >= MAX_REMEMBERED) this.#right.clear();
    this.#right.set(user, proof);
    return true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#comparer[Symbol.asyncDispose]();
  }

  #reloadIfChanged(): void {
    const nowMs = performance.now();
    if (nowMs - this.#checkedAtMs < CHECK_EVERY_MS) return;
    this.#checkedAtMs = nowMs;
    try {
      if (this.#currentState() !== this.#state) this.#load();
    } catch (error) {
      log.warn('cannot read the password file; the users that were known stay', { error: errorMessage(error) });
    }
  }

  #currentState(): string {
    const { ino, size, mtimeMs } = statSync(this.#path);
    return `${ino} ${size} ${mtimeMs}`;
  }

  #load(): void {
    this.#state = this.#currentState();
    const lines = readFileSync(this.#path, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'));
    this.#users = new Map();
    for (const line of lines) {
      const colon = line.indexOf(':');
      const [user, hash] = [line.slice(0, colon), line.slice(colon + 1).trim()];
      if (BCRYPT.test(hash)) this.#users.set(user, hash);
      else log.warn('a user of the password file has no bcrypt hash: use htpasswd -B', { path: this.#path, user });
    }
    this.#right.clear();
  }
}
