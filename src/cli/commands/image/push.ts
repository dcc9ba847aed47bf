/** `hako push`. */
import { command, text, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { progressMessages } from '../../client/json-stream.ts';
import { registryAuth } from '../../login/credentials.ts';
import { print } from '../../output.ts';
import { showProgress } from '../../progress/progress.ts';
import { splitReference } from '../../progress/pull.ts';

export default command({
  usage: '[OPTIONS] NAME[:TAG]',
  flags: {
    'all-tags': toggle('a', 'Send every tag of the repository'),
    platform: text('', 'OS/ARCH', 'Send only the image of this platform'),
    quiet: toggle('q', 'Do not show progress'),
    'disable-content-trust': { ...toggle('', '', true), hidden: true },
  },
  arity: [1, 1],
  examples: ['hako push registry.example/app:1'],
  async run({ api, flags, args: [reference = ''] }) {
    const { name, tag } = flags['all-tags'] ? { name: reference, tag: undefined } : splitReference(reference);
    const headers = await registryAuth(reference);
    const response = await api.request('POST', path`/images/${name}/push`, {
      query: { tag, platform: flags.platform },
      headers,
    });
    await showProgress(progressMessages(response.body), { stream: process.stdout, quiet: flags.quiet });
    if (flags.quiet) print(`${reference}\n`);
    return undefined;
  },
});
