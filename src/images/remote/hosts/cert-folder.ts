import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, HakoError, ignoring } from '#base';
import type { TlsSettings } from '../http/agents.ts';

/** A folder of docker's kind: authorities in `*.crt`, client certificates in `*.cert` with their `*.key`. */
export function readCertFolder(folder: string): TlsSettings {
  const names = (ignoring(['ENOENT', 'ENOTDIR'], () => readdirSync(folder)) ?? []).sort();
  const ca = names.filter((name) => name.endsWith('.crt')).map((name) => readPem(join(folder, name)));
  const clients = names
    .filter((name) => name.endsWith('.cert'))
    .map((name) => ({
      cert: readPem(join(folder, name)),
      key: readPem(join(folder, name.replace(/\.cert$/, '.key'))),
    }));
  return { ca, clients, skipVerify: false };
}

/** A PEM file that must be there. */
export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HakoError('invalid', `cannot read the certificate ${path}: ${errorMessage(error)}`, { cause: error });
  }
}
