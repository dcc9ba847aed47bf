/** `hako system unit`. */
import { command } from '../../args/flags.ts';
import { systemdUnit } from '../../machine/systemd-unit.ts';
import { print } from '../../output.ts';

export default command({
  usage: '',
  flags: {},
  arity: [0, 0],
  examples: ['hako system unit > /etc/systemd/system/hako.service', 'systemctl enable --now hako'],
  async run() {
    print(systemdUnit());
    return 0;
  },
});
