import assert from 'node:assert/strict';
import { isStatusError } from '#kube/api';

/** The code that a call fails with; 200 where it succeeds. What is thrown has to be a Status. */
export async function codeOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    assert.ok(isStatusError(error), String(error));
    return error.code;
  }
}
