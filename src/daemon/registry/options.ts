import { HakoError } from '#base';
import type { Quotas, RegistryOptions } from '#registry';

/** What the settings file (`registry:`) and the flags of `hako registry serve` say. */
export interface RegistrySettings {
  /** HOST:PORT, [IPV6]:PORT or :PORT. */
  listen: string;
  tlsCert?: string;
  tlsKey?: string;
  /** File of users with bcrypt passwords. */
  htpasswd?: string;
  /** File of rights by user and repository. */
  rules?: string;
  /** Let clients get tokens for their password instead of sending it each time. */
  tokens?: boolean;
  externalUrl?: string;
  readOnly?: boolean;
  /** A file, or `-`. */
  accessLog?: string;
  quotaBytes?: number;
  repositoryQuotaBytes?: number;
  /** How often what nobody needs is collected; 0: never. */
  gcIntervalS?: number;
  /** How long what was just pushed or found is kept for the manifest that will name it. */
  gcGraceS?: number;
  /** Collect manifests, too, that no tag, index or subject leads to. */
  gcUntagged?: boolean;
  /** Host names of this registry: images that are tagged with them are served without the host. */
  hostNames?: string[];
  /** Be a cache of this registry: https://HOST, or http:// for one without TLS. */
  proxy?: string;
  /** A docker config.json with the credentials for it; without it it is asked as nobody. */
  proxyConfig?: string;
  /** How long a tag is believed before the upstream is asked again. */
  proxyTagTtlS?: number;
  /** What nobody asked for in this time is let go. */
  proxyMaxAgeS?: number;
}

const UPLOAD_TTL_MS = 24 * 3600 * 1000;

/** The settings as `openRegistry` takes them; throws `invalid` for what cannot go together. */
export function registryOptions(settings: RegistrySettings): Omit<RegistryOptions, 'storage'> {
  const { tlsCert, tlsKey, htpasswd, rules, tokens, externalUrl, readOnly, accessLog } = settings;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new HakoError('invalid', 'registry: tlsCert and tlsKey belong together: give both, or none');
  if (htpasswd === undefined && (rules !== undefined || tokens))
    throw new HakoError('invalid', 'registry: rules and tokens need users: give htpasswd too');
  if (settings.proxy === undefined && settings.proxyConfig !== undefined)
    throw new HakoError('invalid', 'registry: proxyConfig belongs to a proxy: give that too');
  if (externalUrl !== undefined && !['http:', 'https:'].includes(URL.parse(externalUrl)?.protocol ?? ''))
    throw new HakoError('invalid', `registry: externalUrl "${externalUrl}" is no URL: write https://HOST[/PATH]`);
  const negative = Object.entries(settings).find(([, value]) => typeof value === 'number' && value < 0);
  if (negative !== undefined)
    throw new HakoError('invalid', `registry: ${negative[0]} is ${negative[1]}: it cannot be less than 0`);
  const { gcIntervalS = 3600, gcGraceS = 3600, gcUntagged = false } = settings;
  return {
    ...parseListen(settings.listen),
    ...(tlsCert !== undefined && tlsKey !== undefined ? { tls: { certPath: tlsCert, keyPath: tlsKey } } : {}),
    ...(htpasswd === undefined ? {} : { htpasswdPath: htpasswd }),
    ...(rules === undefined ? {} : { rulesPath: rules }),
    ...(externalUrl === undefined ? {} : { externalUrl }),
    ...(accessLog === undefined ? {} : { accessLogPath: accessLog }),
    tokens: tokens === true,
    readOnly: readOnly === true,
    ...(gcIntervalS === 0
      ? {}
      : {
          collection: {
            everyMs: Math.min(gcIntervalS * 1000, 2 ** 31 - 1),
            graceMs: gcGraceS * 1000,
            uploadTtlMs: UPLOAD_TTL_MS,
            untagged: gcUntagged,
          },
        }),
  };
}

export function quotasOf({ quotaBytes, repositoryQuotaBytes }: RegistrySettings): Quotas {
  return {
    ...(quotaBytes === undefined ? {} : { totalBytes: quotaBytes }),
    ...(repositoryQuotaBytes === undefined ? {} : { repositoryBytes: repositoryQuotaBytes }),
  };
}

/** HOST:PORT; without a host every address of the machine. */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new HakoError('invalid', `"${text}" is no address to listen on: write HOST:PORT, such as 127.0.0.1:5000`);
  return { host: match[1] ?? (match[2] || '::'), port };
}
