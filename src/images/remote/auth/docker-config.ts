/** docker's config.json: credentials in the file itself or behind helper programs. */
import { readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorMessage, HakoError, ignoring } from '#base';
import { withFolderLock } from '../folder-lock.ts';
import { type Credentials, credentialsOf, DOCKER_HUB_KEY } from './credentials.ts';
import { eraseWithHelper, getFromHelper, storeWithHelper } from './helper.ts';

type JsonObject = Record<string, unknown>;

/** Where docker keeps it for the user of this process. */
export function dockerConfigPath(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.DOCKER_CONFIG || join(environment.HOME || homedir(), '.docker'), 'config.json');
}

export class DockerConfig {
  readonly #path: string;
  readonly #value: JsonObject;

  private constructor(path: string, value: JsonObject) {
    this.#path = path;
    this.#value = value;
  }

  /** A file that is not there is an empty one. Throws `invalid` where it is not JSON. */
  static open(path = dockerConfigPath()): DockerConfig {
    return new DockerConfig(path, read(path));
  }

  /** A helper for this registry, then the helper for all, then the file. */
  async credentialsFor(domain: string): Promise<Credentials | undefined> {
    const key = configKey(domain);
    const helper = this.#helperOf(domain);
    if (helper !== undefined) {
      const found = await getFromHelper(helper, key);
      if (found !== undefined) return found;
    }
    return credentialsOf(this.#entryOf(domain));
  }

  /** Keeps credentials; answers true where they lie in the file, readable to whoever reads it. */
  async store(domain: string, credentials: Credentials): Promise<boolean> {
    const key = configKey(domain);
    const helper = this.#helperOf(domain);
    if (helper !== undefined) await storeWithHelper(helper, key, credentials);
    this.#change((auths) => {
      auths[key] = helper === undefined ? fileEntry(credentials) : {};
    });
    return helper === undefined;
  }

  /** Answers whether there was anything to forget. */
  async erase(domain: string): Promise<boolean> {
    const helper = this.#helperOf(domain);
    const auths = objectOf(this.#value.auths);
    const names = Object.keys(auths).filter((key) => domainOfKey(key) === domain);
    if (helper !== undefined) await eraseWithHelper(helper, configKey(domain));
    if (names.length > 0)
      this.#change((current) => {
        for (const name of names) delete current[name];
      });
    return names.length > 0 || helper !== undefined;
  }

  #helperOf(domain: string): string | undefined {
    const helpers = objectOf(this.#value.credHelpers);
    const own = helpers[configKey(domain)] ?? helpers[domain];
    const helper = typeof own === 'string' ? own : this.#value.credsStore;
    return typeof helper === 'string' && helper !== '' ? helper : undefined;
  }

  /** Old files name a registry by an address with scheme and path. */
  #entryOf(domain: string): unknown {
    const auths = objectOf(this.#value.auths);
    return auths[configKey(domain)] ?? Object.entries(auths).find(([key]) => domainOfKey(key) === domain)?.[1];
  }

  /**
   * Changes what the file says now: another login may have come between. Written beside and renamed, so that a reader sees the old
   * file or the new one; where the path is a link, the file that it leads to.
   */
  #change(change: (auths: JsonObject) => void): void {
    const path = ignoring('ENOENT', () => realpathSync(this.#path)) ?? this.#path;
    const write = () => {
      const value = read(path);
      const auths = objectOf(value.auths);
      change(auths);
      const temporary = `${path}.${process.pid}`;
      writeFileSync(temporary, `${JSON.stringify({ ...value, auths }, null, '\t')}\n`, { mode: 0o600 });
      renameSync(temporary, path);
    };
    withFolderLock(dirname(path), write, 0o700);
  }
}

function read(path: string): JsonObject {
  const text = ignoring(['ENOENT', 'ENOTDIR'], () => readFileSync(path, 'utf8'));
  if (text === undefined || text.trim() === '') return {};
  try {
    return objectOf(JSON.parse(text));
  } catch (error) {
    throw new HakoError('invalid', `${path} is not JSON: ${errorMessage(error)}`, { cause: error });
  }
}

/** The key of a registry in docker's files. */
export function configKey(domain: string): string {
  return domain === 'docker.io' ? DOCKER_HUB_KEY : domain;
}

/** The host that an address stands for, as references name it: `https://index.docker.io/v1/` is docker.io. */
export function domainOfKey(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

function fileEntry(credentials: Credentials): JsonObject {
  if ('registryToken' in credentials) return { registrytoken: credentials.registryToken };
  if ('identityToken' in credentials) return { identitytoken: credentials.identityToken };
  return { auth: Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64') };
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
