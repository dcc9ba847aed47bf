/** `hako datastore restore`: back to a backup. */
import { command } from '../../args/flags.ts';
import { loadServer } from '../../machine/bundle.ts';
import { locationFlags, locationOf } from './location-flags.ts';

export default command({
  usage: '[OPTIONS] FILE',
  description:
    'Puts a backup in the place of the datastore. Stop the server first; what was written after the backup is lost.',
  flags: locationFlags,
  arity: [1, 1],
  examples: [
    'hako datastore restore /backup/cluster-2026-11-20.db',
    'hako datastore restore --datastore sqlite:/srv/cluster/state.db /backup/cluster.db',
  ],
  async run({ flags, args: [file = ''] }) {
    const { restoreDatastore } = await loadServer();
    const revision = await restoreDatastore(file, locationOf(flags));
    process.stdout.write(`restored; revisions go on from ${revision}\n`);
    return 0;
  },
});
