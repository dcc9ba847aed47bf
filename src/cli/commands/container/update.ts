/** `hako update`. */

import { command, list, text } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { forEach } from '../../each.ts';
import { UsageError } from '../../errors.ts';
import { parseRestartPolicy } from '../../options/process.ts';
import { limitFlags, limitOptions } from '../../options/resources.ts';
import { defined } from '../../options/values.ts';
import { note } from '../../output.ts';

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    ...limitFlags,
    publish: list('p', '[IP:][PORT:]PORT[/PROTO]', 'Publish these ports in place of the ones before, at once'),
    restart: text('', 'POLICY', 'When to start it again: no, on-failure[:N], always, unless-stopped'),
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: [
    'hako update --memory 1g --memory-swap 2g db',
    'hako update --restart always web',
    'hako update --publish 9090:80 web',
  ],
  async run({ api, flags, given, args }) {
    if (given.size === 0) throw new UsageError('nothing to change: give a flag such as --memory or --restart');
    const policy = given.has('restart') ? parseRestartPolicy(flags.restart) : undefined;
    const PortBindings = given.has('publish') ? await bindingsOf(flags.publish) : undefined;
    const body = defined({ ...limitOptions(flags), RestartPolicy: policy, PortBindings });
    return forEach(args, async (name) => {
      const answer = await api.post<{ Warnings?: string[] | null }>(containerPath(name, '/update'), {}, body);
      for (const warning of answer?.Warnings ?? []) note(`warning: ${warning}`);
      return undefined;
    });
  },
});

async function bindingsOf(publish: readonly string[]) {
  const { parsePublished } = await import('../../options/ports.ts');
  return parsePublished(publish).bindings;
}
