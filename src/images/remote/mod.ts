/** Registries, for whoever has no image store: credentials as docker keeps them, and copies from place to place. */
export { type Credentials, encodeRegistryAuth, toAuthConfig } from './auth/credentials.ts';
export { configKey, DockerConfig, domainOfKey } from './auth/docker-config.ts';
