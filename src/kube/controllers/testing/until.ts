import { eventually } from './eventually.ts';

/** Waits until `condition` holds; fails with its text when it never does. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(String(condition), async () => condition());
}
