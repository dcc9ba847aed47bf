/** `hako info`. */
import { command, text } from '../../args/flags.ts';
import { renderValue } from '../../format/list.ts';
import { print, printError } from '../../output.ts';
import { type Info, infoText } from '../../rows/info.ts';

export default command({
  usage: '[OPTIONS]',
  flags: { format: text('f', 'FORMAT', "json, or a Go template such as '{{.ServerVersion}}'") },
  arity: [0, 0],
  examples: ['hako info', "hako info --format '{{.NCPU}} {{.MemTotal}}'"],
  async run({ api, flags }) {
    const info = await api.get<Info>('/info');
    if (flags.format !== '') print(renderValue(info, flags.format));
    else {
      print(infoText(info, api.address.text));
      for (const warning of info.Warnings ?? []) printError(`${warning}\n`);
    }
    return undefined;
  },
});
