/** `hako demo`: dispatches to src/cli/demo/. */
import { command, toggle } from '../../args/flags.ts';
import { CliError } from '../../errors.ts';

export default command({
  usage: '[OPTIONS]',
  description: 'Starts a guestbook of two containers, kills the daemon under it, and shows that it lives on.',
  flags: { down: toggle('', 'Remove every trace of the demo') },
  arity: [0, 0],
  examples: ['hako demo', 'hako demo --down'],
  async run({ flags }) {
    if (process.getuid?.() !== 0) throw new CliError('the demo runs real containers: run it as root');
    const { removeDemo, runDemo } = await import('../../demo/mod.ts');
    await (flags.down ? removeDemo() : runDemo());
    return 0;
  },
});
