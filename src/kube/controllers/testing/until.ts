import { eventually } from '../../../../test/lib/wait.ts';

/** Waits until `condition` holds; fails with its text where it does not. For what controllers do in their own time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(`\`${condition}\``, condition);
}
