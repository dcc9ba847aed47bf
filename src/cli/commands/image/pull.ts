/** `hako pull`. */
import { command, text, toggle } from '../../args/flags.ts';
import { print } from '../../output.ts';
import { pullImage } from '../../progress/pull.ts';

export default command({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  flags: {
    platform: text('', 'OS/ARCH', 'Platform to fetch'),
    quiet: toggle('q', 'Do not show progress'),
    'disable-content-trust': { ...toggle('', '', true), hidden: true },
  },
  arity: [1, 1],
  examples: ['hako pull registry.example/app:1'],
  async run({ api, flags, args: [reference = ''] }) {
    await pullImage(api, reference, { platform: flags.platform, quiet: flags.quiet, toStandardError: false });
    if (flags.quiet) print(`${reference}\n`);
    return undefined;
  },
});
