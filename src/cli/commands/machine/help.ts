import { command } from '../../args/flags.ts';
/** `hako help`. */

export default command({
  usage: '[COMMAND...]',
  flags: {},
  arity: [0, 2],
  examples: ['hako help run', 'hako help image import'],
  async run({ args }) {
    const { printHelp } = await import('../../help.ts');
    return printHelp(args);
  },
});
