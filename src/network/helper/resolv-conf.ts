import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { ignoring } from '#base';

/** What a resolv.conf says (resolv.conf(5)). */
export interface ResolvConf {
  nameservers: string[];
  search: string[];
  options: string[];
}

/** Reads the text of a resolv.conf; the last `search` (or `domain`) line counts, options add up. */
export function parseResolvConf(text: string): ResolvConf {
  const config: ResolvConf = { nameservers: [], search: [], options: [] };
  for (const line of text.split('\n')) {
    const [keyword = '', ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && isIP(values[0] ?? '') !== 0) config.nameservers.push(values[0] ?? '');
    if (keyword === 'search' || keyword === 'domain') config.search = values;
    if (keyword === 'options') config.options.push(...values);
  }
  return config;
}

/** A resolv.conf that is read again whenever it is another file than last time. */
export class ResolvConfFile {
  readonly #path: string;
  #stamp = '';
  #config: ResolvConf = { nameservers: [], search: [], options: [] };

  constructor(path: string) {
    this.#path = path;
  }

  /** What it says now; nothing where it does not exist. */
  read(): ResolvConf {
    const stats = ignoring('ENOENT', () => statSync(this.#path, { bigint: true }));
    const stamp = stats === undefined ? 'missing' : `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
    if (stamp === this.#stamp) return this.#config;
    this.#config = parseResolvConf(ignoring('ENOENT', () => readFileSync(this.#path, 'utf8')) ?? '');
    this.#stamp = stamp;
    return this.#config;
  }
}
