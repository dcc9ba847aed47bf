import { HakoError } from '#base';
import { domainOfKey } from '#images/remote';

const DOCKER_HUB = 'docker.io';
const OFFICIAL = 'library/';

/** The registry that a cache stands before. */
export interface UpstreamAddress {
  /** As references name it: `docker.io`, `ghcr.io`, `10.0.0.7:5000`. */
  domain: string;
  /** True where the address says `http://`. */
  isPlain: boolean;
}

/** Reads `https://ghcr.io`, `http://10.0.0.7:5000`, or a host alone. Throws `invalid`. */
export function parseUpstreamAddress(text: string): UpstreamAddress {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `https://${text}`);
  if (url === null || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new HakoError('invalid', `"${text}" is no registry: write https://HOST, without a path`);
  if (url.username !== '' || url.password !== '')
    throw new HakoError('invalid', 'a registry address must not hold a password: name a config.json with it instead');
  return { domain: domainOfKey(url.host), isPlain: url.protocol === 'http:' };
}

/** Docker Hub's short names in full: `nginx` is `library/nginx` there. */
export function fullPath(domain: string, repository: string): string {
  return domain === DOCKER_HUB && !repository.includes('/') ? `${OFFICIAL}${repository}` : repository;
}
