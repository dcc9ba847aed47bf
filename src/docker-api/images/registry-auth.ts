import { HakoError } from '#base';
import type { RegistryCredentials } from '#images';
import { object, text } from '../schema/shape.ts';
import type { Exchange } from '../server/exchange.ts';

/** Docker's `AuthConfig`: `X-Registry-Auth`, and the body of `POST /auth`. */
export const authConfig = object({
  username: text,
  password: text,
  auth: text,
  email: text,
  serveraddress: text,
  identitytoken: text,
  registrytoken: text,
});

export type AuthConfig = ReturnType<typeof authConfig.decode>;

const MAX_HEADER_CHARS = 64 * 1024;

/** The credentials of `X-Registry-Auth`; none where it is missing or empty. Throws `invalid` where it cannot be decoded. */
export function registryAuthOf(exchange: Exchange): { credentials?: RegistryCredentials } {
  const header = exchange.request.headers['x-registry-auth'];
  if (typeof header !== 'string' || header === '') return {};
  if (header.length > MAX_HEADER_CHARS) throw new HakoError('invalid', 'X-Registry-Auth is too long');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch (cause) {
    throw new HakoError('invalid', 'invalid X-Registry-Auth header: it must be base64url-encoded JSON', { cause });
  }
  const credentials = credentialsOf(authConfig.decode(value, 'X-Registry-Auth'));
  return credentials === undefined ? {} : { credentials };
}

/** Undefined where the configuration names nobody. */
export function credentialsOf(config: AuthConfig): RegistryCredentials | undefined {
  const { username = '', password = '', identitytoken = '', registrytoken = '', auth = '' } = config;
  if (registrytoken !== '') return { registryToken: registrytoken };
  if (identitytoken !== '') return { username, identityToken: identitytoken };
  if (username !== '' || password !== '') return { username, password };
  const pair = Buffer.from(auth, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}
