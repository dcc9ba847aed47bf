/** `hako datastore backup`: a consistent copy while the server goes on. */
import { command } from '../../args/flags.ts';
import { loadServer } from '../../machine/bundle.ts';
import { locationFlags, locationOf } from './location-flags.ts';

export default command({
  usage: '[OPTIONS] FILE',
  description:
    'Copies the SQLite datastore to a file; the server may be running. For etcd there is etcdctl snapshot save.',
  flags: locationFlags,
  arity: [1, 1],
  examples: [
    'hako datastore backup /backup/cluster-$(date +%F).db',
    'hako datastore backup --datastore sqlite:/srv/cluster/state.db /backup/cluster.db',
  ],
  async run({ flags, args: [file = ''] }) {
    const { backupDatastore } = await loadServer();
    await backupDatastore(locationOf(flags), file);
    process.stdout.write(`${file}\n`);
    return 0;
  },
});
