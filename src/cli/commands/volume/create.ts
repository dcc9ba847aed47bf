/** `hako volume create`. */
import { command, list, text } from '../../args/flags.ts';
import { UsageError } from '../../errors.ts';
import { parsePairs } from '../../options/values.ts';
import { print } from '../../output.ts';

export default command({
  usage: '[OPTIONS] [VOLUME]',
  flags: {
    driver: text('d', 'DRIVER', 'Driver of the volume', 'local'),
    label: list('', 'KEY=VALUE', 'Set a label'),
    opt: list('o', 'KEY=VALUE', 'Option of the driver, such as type=tmpfs'),
    name: { ...text('', 'NAME', ''), hidden: true },
  },
  arity: [0, 1],
  examples: ['hako volume create data', 'hako volume create -o type=nfs -o device=:/srv -o o=addr=10.0.0.2 shared'],
  async run({ api, flags, args: [name = ''] }) {
    if (name !== '' && flags.name !== '' && name !== flags.name) throw new UsageError('give one name only');
    const body = {
      Name: name || flags.name,
      Driver: flags.driver,
      DriverOpts: parsePairs(flags.opt),
      Labels: parsePairs(flags.label),
    };
    const { Name } = await api.post<{ Name: string }>('/volumes/create', {}, body);
    print(`${Name}\n`);
    return undefined;
  },
});
