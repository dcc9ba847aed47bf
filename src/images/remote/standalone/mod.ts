/** Registries, for whoever has no image store: credentials as docker keeps them, and copies from place to place. */

export { formatReference } from '../../reference.ts';
export { type Credentials, encodeRegistryAuth, toAuthConfig } from '../auth/credentials.ts';
export { configKey, DockerConfig, domainOfKey } from '../auth/docker-config.ts';
export { type CopyOptions, copyImage } from '../copy/copy.ts';
export { type Place, parsePlace } from '../copy/place.ts';
