import { errorMessage, log } from '#base';
import { Authorizer } from './auth/authorizer.ts';
import { Htpasswd } from './auth/htpasswd.ts';
import { DEFAULT_RULES, Rules, readRules } from './auth/rules.ts';
import { TokenSigner } from './auth/tokens.ts';
import type { Collected, CollectOptions, RegistryStorage } from './contract.ts';
import type { RegistryParts } from './handlers/handler.ts';
import { Dispatcher } from './http/dispatch.ts';
import { Listener, type TlsFiles } from './http/listener.ts';
import type { Patience } from './http/slow-clients.ts';
import { AccessLog } from './observe/access-log.ts';
import { Metrics } from './observe/metrics.ts';
import { usingFile } from './setting-file.ts';

export interface RegistryOptions {
  /** The registry takes it over, and closes it. */
  storage: RegistryStorage;
  host: string;
  port: number;
  tls?: TlsFiles;
  /** Users and their bcrypt passwords; absent: everybody may do everything. */
  htpasswdPath?: string;
  /** Rights by user and repository (auth/rules.ts); absent: who signs in may do everything. */
  rulesPath?: string;
  /** Clients get tokens for their password (Docker's token protocol) instead of sending it with every request. */
  tokens?: boolean;
  /** Where clients reach us, where they cannot know it from the name they use. */
  externalUrl?: string;
  readOnly?: boolean;
  /** A file, or `-` for standard output. */
  accessLogPath?: string;
  canonicalName?: RegistryParts['canonicalName'];
  /** Collections at this interval; absent: only when `collect` is called. */
  collection?: CollectOptions & { everyMs: number };
  /** How long slow clients are borne with, where that is not to be the default. */
  patience?: Partial<Patience>;
}

/** A registry that serves. */
export interface Registry extends AsyncDisposable {
  readonly address: { host: string; port: number };
  collect(options: CollectOptions): Promise<Collected>;
  /** Opens the access log anew. */
  reopenLog(): void;
}

/** Serves the OCI distribution API 1.1 from a storage. */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  await using scope = new AsyncDisposableStack();
  const storage = scope.use(options.storage);
  const metrics = new Metrics();
  const accessLog = options.accessLogPath === undefined ? undefined : scope.use(openAccessLog(options.accessLogPath));
  const parts: RegistryParts = {
    storage,
    metrics,
    authorizer: openAuthorizer(options, scope),
    readOnly: options.readOnly === true,
    canonicalName: options.canonicalName ?? ((repository) => repository),
  };
  const listener = scope.use(await Listener.open(new Dispatcher(parts, accessLog), options));
  const collect = (wanted: CollectOptions) => counted(storage, metrics, wanted);
  if (options.collection !== undefined) scope.use(collectRegularly(collect, options.collection));
  const holds = scope.move();
  return {
    address: listener.address,
    collect,
    reopenLog: () => accessLog?.reopen(),
    [Symbol.asyncDispose]: () => holds.disposeAsync(),
  };
}

function openAccessLog(path: string): AccessLog {
  return usingFile('access log', path, () => new AccessLog(path));
}

function openAuthorizer(options: RegistryOptions, scope: AsyncDisposableStack): Authorizer | undefined {
  const { htpasswdPath, rulesPath } = options;
  if (htpasswdPath === undefined) return undefined;
  const rules = rulesPath === undefined ? DEFAULT_RULES : usingFile('rules', rulesPath, () => readRules(rulesPath));
  return new Authorizer({
    htpasswd: scope.use(usingFile('password file', htpasswdPath, () => new Htpasswd(htpasswdPath))),
    rules: new Rules(rules),
    externalUrl: options.externalUrl ?? '',
    ...(options.tokens ? { signer: new TokenSigner() } : {}),
  });
}

async function counted(storage: RegistryStorage, metrics: Metrics, options: CollectOptions): Promise<Collected> {
  const collected = await storage.collect(options);
  metrics.add('collections_total', 1);
  metrics.add('collected_bytes_total', collected.bytes);
  return collected;
}

function collectRegularly(
  collect: (options: CollectOptions) => Promise<Collected>,
  options: CollectOptions & { everyMs: number },
): Disposable {
  const run = async () => {
    try {
      const collected = await collect(options);
      if (collected.bytes > 0 || collected.uploads > 0)
        log.info('registry collected what nobody needs', { ...collected });
    } catch (error) {
      log.error('registry collection failed', { error: errorMessage(error) });
    }
  };
  const timer = setInterval(() => void run(), options.everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
