/** `hako import`. */
import { command, list, text } from '../../args/flags.ts';
import { progressMessages } from '../../client/json-stream.ts';
import { openTarSource } from '../../files.ts';
import { print } from '../../output.ts';
import { splitReference } from '../../progress/pull.ts';

export default command({
  usage: '[OPTIONS] FILE|URL|- [REPOSITORY[:TAG]]',
  description: 'The tar may be plain, gzip, zstd, bzip2 or xz. A dash reads standard input.',
  flags: {
    change: list('c', 'INSTRUCTION', 'Dockerfile instruction to apply, such as CMD ["nginx"]'),
    message: text('m', 'TEXT', 'Comment of the image'),
    platform: text('', 'OS/ARCH', 'Platform of the image'),
  },
  arity: [1, 2],
  examples: [`hako import rootfs.tar.zst base:1`, `tar -C rootfs -c . | hako import --change 'CMD ["sh"]' - base`],
  async run({ api, flags, args: [file = '', reference = ''] }) {
    const isUrl = /^https?:\/\//.test(file);
    const { name, tag } = reference === '' ? { name: '', tag: '' } : splitReference(reference);
    // The API takes one `changes` for each instruction; they are joined by newlines, which it also splits.
    const query = {
      fromSrc: isUrl ? file : '-',
      repo: name,
      tag,
      message: flags.message,
      platform: flags.platform,
      changes: flags.change.join('\n'),
    };
    const stream = isUrl ? undefined : openTarSource(file);
    const response = await api.request('POST', '/images/create', stream === undefined ? { query } : { query, stream });
    let last = '';
    for await (const { status } of progressMessages(response.body)) last = status ?? last;
    if (last !== '') print(`${last}\n`);
    return undefined;
  },
});
