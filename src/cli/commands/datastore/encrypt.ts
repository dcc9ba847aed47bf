/** `hako datastore encrypt`: every secret as today's configuration says. */
import { command, text } from '../../args/flags.ts';
import { loadServer } from '../../machine/bundle.ts';
import { etcdFlags, etcdOptions } from './etcd-flags.ts';

export default command({
  usage: '[OPTIONS] DATASTORE',
  description:
    'Writes anew what is not encrypted as the configuration says: after a key was added or changed. With SQLite the server must not run.',
  flags: { ...etcdFlags, 'encryption-config': text('', 'FILE', 'EncryptionConfiguration') },
  arity: [1, 1],
  examples: ['hako datastore encrypt --encryption-config encryption.yaml sqlite:/var/lib/hako-server/state.db'],
  async run({ flags, args: [datastore = ''] }) {
    const { rewriteDatastore } = await loadServer();
    const encryptionConfig = flags['encryption-config'];
    const options = { datastore, etcd: etcdOptions(flags) };
    const count = await rewriteDatastore(encryptionConfig === '' ? options : { ...options, encryptionConfig });
    process.stdout.write(`${count} values written anew\n`);
    return 0;
  },
});
