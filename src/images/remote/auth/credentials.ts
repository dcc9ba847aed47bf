import type { RegistryCredentials } from '../../contract.ts';

/** `identityToken` counts at the token server only, `registryToken` is a bearer token for the registry itself (docker's names in lower case). */
export type Credentials = RegistryCredentials;

/** Looks credentials up by the host of the registry as references name it: `docker.io`, `localhost:5000`. */
export type CredentialsFor = (domain: string) => Promise<Credentials | undefined>;

/** Docker's name of its own registry in configuration files and API headers. */
export const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** Credentials of an object with docker's field names (`AuthConfig`); undefined where it holds none. */
export function credentialsOf(value: unknown): Credentials | undefined {
  const record = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const text = (name: string) => (typeof record[name] === 'string' ? record[name] : '');
  if (text('registrytoken') !== '') return { registryToken: text('registrytoken') };
  if (text('identitytoken') !== '') return { username: text('username'), identityToken: text('identitytoken') };
  const pair = text('auth') === '' ? undefined : decodePair(text('auth'));
  const username = pair?.username ?? text('username');
  const password = pair?.password ?? text('password');
  return username === '' && password === '' ? undefined : { username, password };
}

/** `auth` of config.json: base64 of `user:password`; some writers end it with NUL. */
function decodePair(auth: string): { username: string; password: string } | undefined {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

/** The object that docker's API and files hold. */
export function toAuthConfig(credentials: Credentials, serverAddress: string): Record<string, string> {
  if ('registryToken' in credentials) return { registrytoken: credentials.registryToken, serveraddress: serverAddress };
  if ('identityToken' in credentials) {
    return { username: credentials.username, identitytoken: credentials.identityToken, serveraddress: serverAddress };
  }
  return { username: credentials.username, password: credentials.password, serveraddress: serverAddress };
}

/** The value of `X-Registry-Auth`. */
export function encodeRegistryAuth(credentials: Credentials | undefined, serverAddress: string): string {
  const config = credentials === undefined ? {} : toAuthConfig(credentials, serverAddress);
  return Buffer.from(JSON.stringify(config)).toString('base64url');
}
