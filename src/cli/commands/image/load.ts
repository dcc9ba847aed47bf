/** `hako load`. */
import { command, text, toggle } from '../../args/flags.ts';
import { progressMessages } from '../../client/json-stream.ts';
import { openTarSource } from '../../files.ts';
import { print } from '../../output.ts';
import { showProgress } from '../../progress/progress.ts';

export default command({
  usage: '[OPTIONS]',
  description: 'Reads a docker-archive or an OCI layout, plain or compressed.',
  flags: {
    input: text('i', 'FILE', 'Read a file instead of standard input'),
    quiet: toggle('q', 'Do not show progress'),
    platform: text('', 'OS/ARCH', 'Load this platform only'),
  },
  arity: [0, 0],
  examples: ['hako load -i images.tar', 'ssh build docker save app | hako load'],
  async run({ api, flags }) {
    const stream = openTarSource(flags.input);
    const query = { quiet: flags.quiet ? 1 : 0, platform: flags.platform };
    const response = await api.request('POST', '/images/load', { query, stream });
    await showProgress(progressMessages(response.body), { stream: process.stderr, quiet: flags.quiet, onText: print });
    return undefined;
  },
});
