import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Compares a plan with what is in `golden/NAME.json` beside the test; `UPDATE_GOLDEN=1` writes it instead. Read the
 * difference before you commit it: it is what the controller would do otherwise.
 */
export function assertGolden(testUrl: string, name: string, plan: unknown): void {
  const file = join(dirname(fileURLToPath(testUrl)), 'golden', `${name}.json`);
  const text = `${JSON.stringify(plan, null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(file, 'utf8')));
}
