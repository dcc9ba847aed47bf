/** `hako datastore restore`: back to a backup. */
import { command, text } from '../../args/flags.ts';
import { loadServer } from '../../machine/bundle.ts';

export default command({
  usage: '[OPTIONS] FILE',
  description:
    'Puts a backup in the place of the datastore. Stop the server first; what was written after the backup is lost.',
  flags: { 'data-dir': text('', 'DIR', 'Folder of hako server', '/var/lib/hako-server') },
  arity: [1, 1],
  examples: ['hako datastore restore /backup/cluster-2026-11-20.db'],
  async run({ flags, args: [file = ''] }) {
    const { restoreDatastore } = await loadServer();
    const revision = await restoreDatastore(file, flags['data-dir']);
    process.stdout.write(`restored; revisions go on from ${revision}\n`);
    return 0;
  },
});
