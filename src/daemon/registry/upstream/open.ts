import { log } from '#base';
import { DockerConfig, Hosts } from '#images/remote';
import type { CacheOptions } from '#registry';
import { canonicalName } from '../local-images.ts';
import type { RegistrySettings } from '../options.ts';
import { fullPath, parseUpstreamAddress } from './address.ts';
import { RemoteUpstream } from './remote-upstream.ts';

/** A client waits meanwhile, and there may be something cached for it: little patience. */
const RETRY = { attempts: 2, firstDelayMs: 200, maxDelayMs: 1_000, maxRetryAfterMs: 2_000 };
const DEFAULT_TAG_TTL_S = 60;
const DEFAULT_MAX_AGE_S = 7 * 24 * 3600;

/** Where registries are: `certsDirs` and `insecureRegistries` of the daemon. */
export interface HostsSettings {
  certsDirs?: readonly string[];
  insecureRegistries?: readonly string[];
}

/**
 * The cache that the settings want; undefined where they want none. A registry on a folder has the repositories of its upstream under
 * their own names, `isShared` with the daemon's images under theirs (`ghcr.io/org/app`).
 */
export function cacheOptions(
  settings: RegistrySettings,
  isShared: boolean,
  { certsDirs, insecureRegistries = [] }: HostsSettings = {},
): CacheOptions | undefined {
  if (settings.proxy === undefined) return undefined;
  const { domain, isPlain } = parseUpstreamAddress(settings.proxy);
  const config = settings.proxyConfig === undefined ? undefined : DockerConfig.open(settings.proxyConfig);
  if (config !== undefined && settings.htpasswd === undefined)
    log.warn('the registry shows everybody what its upstream shows only to those who sign in: give htpasswd too', {
      upstream: domain,
    });
  const hosts = new Hosts({
    ...(certsDirs === undefined ? {} : { certsDirs }),
    insecureRegistries: isPlain ? [...insecureRegistries, domain] : insecureRegistries,
  });
  const upstream = new RemoteUpstream({
    domain,
    hosts,
    credentialsFor: async (asked) => config?.credentialsFor(asked),
    retry: RETRY,
    pathOf: isShared ? (repository) => sharedPath(domain, repository) : (repository) => fullPath(domain, repository),
  });
  const { proxyTagTtlS = DEFAULT_TAG_TTL_S, proxyMaxAgeS = DEFAULT_MAX_AGE_S } = settings;
  return { upstream, tagTtlMs: proxyTagTtlS * 1000, maxAgeMs: proxyMaxAgeS * 1000 };
}

/** Names of Docker Hub have no host before them, those of other registries have. */
function sharedPath(domain: string, repository: string): string | undefined {
  const own = canonicalName('', domain);
  if (own !== '') return repository.startsWith(own) ? repository.slice(own.length) : undefined;
  const [first = ''] = repository.split('/');
  return /[.:]/.test(first) ? undefined : fullPath(domain, repository);
}
