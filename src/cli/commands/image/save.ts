/** `hako save`. */
import { command, text } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { openTarTarget } from '../../files.ts';

export default command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    output: text('o', 'FILE', 'Write to a file instead of standard output'),
    platform: text('', 'OS/ARCH', 'Save this platform only'),
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako save -o app.tar app:1', 'hako save app:1 | ssh other hako load'],
  async run({ api, flags, args }) {
    const write = openTarTarget(flags.output);
    const [first = ''] = args;
    const names = args.map((name) => `names=${encodeURIComponent(name)}`).join('&');
    const platform = flags.platform === '' ? '' : `&platform=${encodeURIComponent(flags.platform)}`;
    const endpoint = args.length === 1 ? path`/images/${first}/get` : '/images/get';
    const response = await api.request(
      'GET',
      `${endpoint}?${args.length === 1 ? platform.slice(1) : names + platform}`.replace(/\?$/, ''),
    );
    await write(response.body);
    return undefined;
  },
});
