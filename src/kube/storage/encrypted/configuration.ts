import { errorMessage, HakoError, parseYaml } from '#base';

/** A key of a provider: what upstream's file calls `keys`. */
export interface EncryptionKey {
  readonly name: string;
  readonly secret: Buffer;
}

/** One way to keep values. The first of a rule writes; all of them read. */
export type Provider =
  | { readonly kind: 'aesgcm' | 'aescbc'; readonly keys: readonly EncryptionKey[] }
  | { readonly kind: 'identity' };

/** Which resources (`secrets`, `deployments.apps`, `*.apps`, `*.`, `*.*`) are kept how. */
export interface EncryptionRule {
  readonly resources: readonly string[];
  readonly providers: readonly Provider[];
}

/** AES-128, AES-192 and AES-256, in bytes. */
const SECRET_LENGTHS = [16, 24, 32];

/**
 * Reads an `EncryptionConfiguration` (apiserver.config.k8s.io/v1), YAML or JSON, as kube-apiserver does: unknown fields and
 * providers are errors, since a typing error would leave secrets in plain text. Throws HakoError `invalid`.
 */
export function parseEncryptionConfiguration(text: string): EncryptionRule[] {
  const file = record(parsed(text), 'the file');
  onlyFields(file, ['apiVersion', 'kind', 'resources', 'metadata'], 'the file');
  if (file.kind !== 'EncryptionConfiguration' || file.apiVersion !== 'apiserver.config.k8s.io/v1') {
    throw invalid('it must be an EncryptionConfiguration of apiserver.config.k8s.io/v1');
  }
  const rules = list(file.resources, 'resources').map((rule, index) => parseRule(rule, `resources[${index}]`));
  if (rules.length === 0) throw invalid('resources must name what is to be encrypted');
  return rules;
}

function parsed(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw invalid(errorMessage(error));
  }
}

function parseRule(value: unknown, at: string): EncryptionRule {
  const rule = record(value, at);
  onlyFields(rule, ['resources', 'providers'], at);
  const resources = list(rule.resources, `${at}.resources`).map((resource) => text(resource, `${at}.resources`));
  const providers = list(rule.providers, `${at}.providers`).map((provider, index) =>
    parseProvider(provider, `${at}.providers[${index}]`),
  );
  if (resources.length === 0 || providers.length === 0) throw invalid(`${at} needs resources and providers`);
  return { resources, providers };
}

function parseProvider(value: unknown, at: string): Provider {
  const entries = Object.entries(record(value, at));
  const [kind, settings] = entries[0] ?? [];
  if (entries.length !== 1) throw invalid(`${at} must name one provider`);
  if (kind === 'identity') return { kind };
  if (kind !== 'aesgcm' && kind !== 'aescbc') {
    throw invalid(`${at}: provider "${kind}" is not known here, use aesgcm, aescbc or identity`);
  }
  const { keys, ...rest } = record(settings, `${at}.${kind}`);
  onlyFields(rest, [], `${at}.${kind}`);
  const parsed = list(keys, `${at}.${kind}.keys`).map((key, index) => parseKey(key, `${at}.${kind}.keys[${index}]`));
  if (parsed.length === 0) throw invalid(`${at}.${kind} needs a key`);
  if (new Set(parsed.map((key) => key.name)).size < parsed.length)
    throw invalid(`${at}.${kind}: two keys have one name`);
  return { kind, keys: parsed };
}

function parseKey(value: unknown, at: string): EncryptionKey {
  const key = record(value, at);
  onlyFields(key, ['name', 'secret'], at);
  const name = text(key.name, `${at}.name`);
  // A colon ends the name in what is written.
  if (name === '' || name.includes(':')) throw invalid(`${at}.name must not be empty, nor hold a colon`);
  const secret = Buffer.from(text(key.secret, `${at}.secret`), 'base64');
  if (!SECRET_LENGTHS.includes(secret.length)) {
    throw invalid(`${at}.secret must be ${SECRET_LENGTHS.join(', ')} bytes in base64, not ${secret.length}`);
  }
  return { name, secret };
}

function record(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${at} must be an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(`${at} must be a list`);
  return value;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw invalid(`${at} must be text`);
  return value;
}

function onlyFields(object: Record<string, unknown>, known: readonly string[], at: string): void {
  const unknown = Object.keys(object).find((field) => !known.includes(field));
  if (unknown !== undefined) throw invalid(`${at} has the unknown field "${unknown}"`);
}

function invalid(problem: string): HakoError {
  return new HakoError('invalid', `encryption configuration: ${problem}`);
}
