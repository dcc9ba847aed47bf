/** `run --rm IMAGE true` as people type it: the whole process, from before its start to its exit. */
import { timeCommand } from '../lib/command.ts';
import { IMAGE } from './image.ts';
import { type Measure, stateless } from './measure.ts';

export const commandLine: Measure = {
  name: 'run',
  rows: [
    { key: 'total', title: 'run --rm IMAGE true, whole process', unit: 'ms', better: 'less', shareOfDocker: 1 / 3 },
  ],
  warmUps: 1,
  open: async (peer) =>
    stateless(async () => ({
      total: await timeCommand(peer.cli('run', '--rm', IMAGE, 'true'), { env: peer.plan.env }),
    })),
};
