import { readFileSync, statSync } from 'node:fs';
import { errorMessage, HakoError, ignoring } from '#base';
import { ACCEPT_ALL, type Policy, parsePolicy } from './policy.ts';

/** The policy in a file, read again when the file changes. Without a file everything is accepted. */
export class PolicyFile {
  readonly #path: string;
  #stamp: string | undefined;
  #policy: Policy = ACCEPT_ALL;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws `failed_precondition` where the file is wrong: then nothing is accepted. */
  current(): Policy {
    const stat = ignoring('ENOENT', () => statSync(this.#path, { bigint: true }));
    if (stat === undefined) return ACCEPT_ALL;
    const stamp = `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
    if (stamp === this.#stamp) return this.#policy;
    try {
      this.#policy = parsePolicy(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (cause) {
      const advice = 'no image is accepted until it is put right';
      throw new HakoError('failed_precondition', `${this.#path}: ${errorMessage(cause)}; ${advice}`, { cause });
    }
    this.#stamp = stamp;
    return this.#policy;
  }
}
