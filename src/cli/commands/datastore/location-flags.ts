import { text } from '../../args/flags.ts';

/** Which datastore is meant: the flags that `hako server` has, too. */
export const locationFlags = {
  'data-dir': text('', 'DIR', 'Folder of hako server', '/var/lib/hako-server'),
  datastore: text('', 'URL', 'sqlite (in the data folder; the default), sqlite:PATH, or a path'),
};

/** The flags as the server takes them. */
export function locationOf(flags: { readonly 'data-dir': string; readonly datastore: string }): {
  dataDir: string;
  datastore?: string;
} {
  const dataDir = flags['data-dir'];
  return flags.datastore === '' ? { dataDir } : { dataDir, datastore: flags.datastore };
}
