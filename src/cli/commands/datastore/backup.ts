/** `hako datastore backup`: a consistent copy while the server goes on. */
import { command, text } from '../../args/flags.ts';
import { loadServer } from '../../machine/bundle.ts';

export default command({
  usage: '[OPTIONS] FILE',
  description:
    'Copies the SQLite datastore to a file; the server may be running. For etcd there is etcdctl snapshot save.',
  flags: { 'data-dir': text('', 'DIR', 'Folder of hako server', '/var/lib/hako-server') },
  arity: [1, 1],
  examples: ['hako datastore backup /backup/cluster-$(date +%F).db'],
  async run({ flags, args: [file = ''] }) {
    const { backupDatastore } = await loadServer();
    await backupDatastore(flags['data-dir'], file);
    process.stdout.write(`${file}\n`);
    return 0;
  },
});
