/** `hako push`. */
import { command, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { progressMessages } from '../../client/json-stream.ts';
import { print } from '../../output.ts';
import { showProgress } from '../../progress/progress.ts';
import { splitReference } from '../../progress/pull.ts';

/** An empty set of credentials: the header must be there. */
const NO_CREDENTIALS = Buffer.from('{}').toString('base64url');

export default command({
  usage: '[OPTIONS] NAME[:TAG]',
  flags: {
    quiet: toggle('q', 'Do not show progress'),
    'disable-content-trust': { ...toggle('', '', true), hidden: true },
  },
  arity: [1, 1],
  examples: ['hako push registry.example/app:1'],
  async run({ api, flags, args: [reference = ''] }) {
    const { name, tag } = splitReference(reference);
    const headers = { 'X-Registry-Auth': NO_CREDENTIALS };
    const response = await api.request('POST', path`/images/${name}/push`, { query: { tag }, headers });
    await showProgress(progressMessages(response.body), { stream: process.stdout, quiet: flags.quiet });
    if (flags.quiet) print(`${reference}\n`);
    return undefined;
  },
});
