/** `hako completion`. */
import { command } from '../../args/flags.ts';
import { completionScript, SHELLS } from '../../completion/scripts.ts';
import { UsageError } from '../../errors.ts';
import { print } from '../../output.ts';

export default command({
  usage: 'bash|zsh|fish',
  flags: {},
  arity: [1, 1],
  examples: [
    'hako completion bash > /etc/bash_completion.d/hako',
    'hako completion zsh > /usr/share/zsh/site-functions/_hako',
    'hako completion fish > ~/.config/fish/completions/hako.fish',
  ],
  async run({ args: [shell = ''] }) {
    if (!SHELLS.includes(shell))
      throw new UsageError(`"${shell}" is no shell that is known here: write ${SHELLS.join(', ')}`);
    print(await completionScript(shell));
    return 0;
  },
});
