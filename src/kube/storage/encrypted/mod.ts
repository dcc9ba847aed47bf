/** Encryption at rest, in upstream's layout of bytes and with its configuration file. */
export * from './configuration.ts';
export * from './encrypted-storage.ts';
