/** `hako rmi`. */
import { command, list, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { CliError, isStatus } from '../../errors.ts';
import { note, print } from '../../output.ts';

type Removed = { Untagged?: string; Deleted?: string };

export default command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    force: toggle('f', 'Remove it though it has several names or a stopped container; no error when it is not there'),
    'no-prune': toggle('', 'Keep parents without a name'),
    platform: list('', 'OS/ARCH', 'Remove only these platforms of it'),
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako rmi app:1', 'hako rmi $(hako images -q --filter dangling=true)'],
  async run({ api, flags, args }) {
    const query = new URLSearchParams(flags.platform.map((each) => ['platforms', each]));
    if (flags.force) query.set('force', 'true');
    if (flags['no-prune']) query.set('noprune', 'true');
    let exitCode = 0;
    // One after the other: a later name may be of the same image.
    for (const name of args) {
      try {
        const removed = await api.delete<Removed[]>(`${path`/images/${name}`}${query.size > 0 ? `?${query}` : ''}`);
        print(removed.map(lineOf).join(''));
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        note(error.message);
        if (!(flags.force && isStatus(error, 404))) exitCode = 1;
      }
    }
    return exitCode;
  },
});

function lineOf({ Untagged, Deleted }: Removed): string {
  return Untagged === undefined ? `Deleted: ${Deleted}\n` : `Untagged: ${Untagged}\n`;
}
