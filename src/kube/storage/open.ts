import { HakoError } from '#base';
import type { Storage } from './contract.ts';

/** Opens the datastore that a URL names: `memory`. Adapters are loaded when they are asked for. */
export async function openStorage(url: string): Promise<Storage> {
  if (url === 'memory') return new (await import('./memory/mod.ts')).MemoryStorage();
  throw new HakoError('invalid', `datastore "${url}" is not known: use memory, sqlite:PATH or https://ETCD,...`);
}
