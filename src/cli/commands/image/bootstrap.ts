/** `hako image bootstrap`. */
import { command, list, text, toggle } from '../../args/flags.ts';
import { type ProgressMessage, progressMessages } from '../../client/json-stream.ts';
import { parseCsv, unlessBlank } from '../../options/values.ts';
import { showProgress } from '../../progress/progress.ts';

export default command({
  usage: '[OPTIONS] REFERENCE',
  description:
    'Makes debian:SUITE straight from the Debian mirror that this machine is set up for, or busybox from its own static\nbusybox. It is how a machine without any registry begins.',
  flags: {
    include: list('', 'PACKAGE[,PACKAGE]', 'Debian packages to install into it'),
    suite: text('', 'NAME', 'Debian suite, where the reference does not name it'),
    quiet: toggle('q', 'Do not show progress'),
  },
  arity: [1, 1],
  examples: [
    'hako image bootstrap debian:bookworm',
    'hako image bootstrap debian:bookworm --include nginx,curl',
    'hako image bootstrap busybox',
  ],
  async run({ api, flags, args: [reference = ''] }) {
    const { provideBootstrapTools } = await import('../../install/bootstrap.ts');
    if (api.address.isLocal) await provideBootstrapTools(reference);
    const include = flags.include.flatMap(parseCsv).filter(Boolean);
    const json = { reference, include, suite: unlessBlank(flags.suite) };
    const response = await api.request('POST', '/hako/images/bootstrap', { json });
    const messages =
      process.env.HAKO_DEBUG === '1' ? progressMessages(response.body) : phases(progressMessages(response.body));
    await showProgress(messages, { stream: process.stderr, quiet: flags.quiet });
    return undefined;
  },
});

/** mmdebstrap's lines that tell a person how far it is; with --debug all are shown. What went wrong is in the error that follows. */
const PHASE = /^I: ((?:running apt-get|downloading|extracting|installing|cleaning|creating)[^:]*?)(?:\.{3})?$/;

/** Leaves out what else the tools say: shell hooks, temp folders, warnings about the sandbox, files that were fetched. */
async function* phases(messages: AsyncIterable<ProgressMessage>): AsyncGenerator<ProgressMessage> {
  for await (const message of messages) {
    const line = message.status ?? '';
    if (PHASE.test(line)) yield { ...message, status: line.replace(PHASE, '$1 …') };
    else if (line.startsWith('sha256:')) yield message;
  }
}
