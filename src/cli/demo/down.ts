import { rmSync } from 'node:fs';
import { demoEnvironment, hako, step } from './stage.ts';

/** Removes every trace of the demo from the machine: containers, daemon, networks, rules, images, folders. */
export async function removeDemo(): Promise<void> {
  await step('stop the demo and its daemon, remove every trace', () => hako(['down', '--purge', '--force']));
  for (const dir of [demoEnvironment.HAKO_ROOT, demoEnvironment.HAKO_RUN]) {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  }
}
