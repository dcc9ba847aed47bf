import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import { readCertFolder } from './cert-folder.ts';
import { type Endpoint, plainEndpoints } from './endpoint.ts';
import { parseHostsFile } from './hosts-file.ts';
import { InsecureRegistries } from './loopback.ts';

export interface HostsOptions {
  /** Folders with one folder a registry, first come first served. */
  certsDirs?: readonly string[];
  /** Registries that may be reached without TLS, or with a certificate that nobody vouches for. */
  insecureRegistries?: readonly string[];
}

export const DEFAULT_CERTS_DIRS: readonly string[] = ['/etc/hako/certs.d', '/etc/docker/certs.d'];

/** Where registries are: what the files under certs.d and the settings say. Files are read anew each time, so edits count at once. */
export class Hosts {
  readonly #certsDirs: readonly string[];
  readonly #insecure: InsecureRegistries;

  constructor({ certsDirs = DEFAULT_CERTS_DIRS, insecureRegistries = [] }: HostsOptions = {}) {
    this.#certsDirs = certsDirs;
    this.#insecure = new InsecureRegistries(insecureRegistries);
  }

  /** The addresses of a registry in the order in which they are to be tried. */
  endpointsOf(domain: string): Endpoint[] {
    const folder = this.#folderOf(domain);
    if (folder === undefined) return plainEndpoints(domain, this.#insecure.has(domain));
    const path = join(folder, 'hosts.toml');
    const text = ignoring('ENOENT', () => readFileSync(path, 'utf8'));
    if (text !== undefined) return parseHostsFile(text, path, domain);
    return plainEndpoints(domain, this.#insecure.has(domain), readCertFolder(folder));
  }

  /** containerd's names of the folder: the port behind `_` and before `_`, or as it is written, or `_default`. */
  #folderOf(domain: string): string | undefined {
    const escaped = domain.replace(/:(\d+)$/, '_$1_');
    const names = [...new Set([escaped, domain, '_default'])];
    const candidates = this.#certsDirs.flatMap((dir) => names.map((name) => join(dir, name)));
    return candidates.find((folder) => existsSync(folder));
  }
}
