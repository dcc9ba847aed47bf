/** `hako datastore copy`: a cluster's objects from one datastore to another. */
import { command, toggle } from '../../args/flags.ts';
import { loadServer } from '../../machine/bundle.ts';
import { etcdFlags, etcdOptions } from './etcd-flags.ts';

export default command({
  usage: '[OPTIONS] FROM TO',
  description:
    'Datastores are sqlite:PATH or https://ETCD,... Stop the servers of FROM first: what they write after the last comparison is not in TO.',
  flags: {
    ...etcdFlags,
    force: toggle('f', 'Also into a datastore that holds objects'),
  },
  arity: [2, 2],
  examples: [
    'hako datastore copy sqlite:/var/lib/hako-server/state.db https://10.0.0.1:2379 --etcd-ca ca.pem --etcd-cert c.pem --etcd-key k.pem',
    'hako datastore copy https://10.0.0.1:2379 sqlite:/var/lib/hako-server/state.db   # and back',
  ],
  async run({ flags, args: [from = '', to = ''] }) {
    const { copyDatastore } = await loadServer();
    const etcd = etcdOptions(flags);
    const { keys, isMonotonic } = await copyDatastore({ datastore: from, etcd }, { datastore: to, etcd }, flags.force);
    process.stdout.write(`${keys} objects copied and compared\n`);
    if (!isMonotonic) {
      process.stdout.write(
        'Revisions begin lower than clients may have seen: restart controllers and agents with the new server.\n',
      );
    }
    return 0;
  },
});
