import { HakoError } from '#base';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { authConfig, credentialsOf, registryAuthOf } from './registry-auth.ts';

/** `GET /distribution/{name}/json`: what a registry has under a name; compose resolves digests with it. */
export async function inspectDistribution(exchange: Exchange, { engine }: Api): Promise<void> {
  const options = { ...registryAuthOf(exchange), signal: exchange.signal };
  const facts = await engine.images.inspectRemote(exchange.param('name'), options);
  const { mediaType, digest, sizeBytes: size, platforms } = facts;
  exchange.json(200, { Descriptor: { mediaType, digest, size }, Platforms: platforms });
}

/** `POST /auth`: asks the registry whether it takes these credentials. Nothing is kept. */
export async function checkAuth(exchange: Exchange, { engine }: Api): Promise<void> {
  const config = await exchange.body(authConfig);
  const credentials = credentialsOf(config);
  if (credentials === undefined) throw new HakoError('invalid', 'give a user name and a password');
  const domain = domainOf(config.serveraddress ?? '');
  await engine.images.checkCredentials(domain, { credentials, signal: exchange.signal });
  exchange.json(200, { Status: 'Login Succeeded', IdentityToken: '' });
}

/** The registry that an address stands for; docker's own has an address of its old API. */
function domainOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return ['', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}
