/** Credentials for registries, from where docker keeps them. */
import { parseDomain } from './domain.ts';

/** The header that carries the user's credentials for the registry of an image. Helpers may ask the user, so this may take long. */
export async function registryAuth(reference: string): Promise<Record<string, string>> {
  const { configKey, DockerConfig, encodeRegistryAuth } = await import('#images/remote');
  const domain = parseDomain(reference);
  const credentials = await DockerConfig.open().credentialsFor(domain);
  return { 'X-Registry-Auth': encodeRegistryAuth(credentials, configKey(domain)) };
}
