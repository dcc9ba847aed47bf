import type { RestartPolicy } from '../spec.ts';
import { ensure } from './check.ts';

const NAMES = new Set(['', 'no', 'always', 'on-failure', 'unless-stopped']);

/** Throws `invalid` for a policy that docker refuses, and for one together with `--rm`. */
export function validateRestartPolicy(policy: RestartPolicy | undefined, options: { autoRemove: boolean }): void {
  if (policy === undefined) return;
  const count = policy.MaximumRetryCount ?? 0;
  ensure(
    NAMES.has(policy.Name),
    `invalid restart policy: unknown policy '${policy.Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
  );
  ensure(count >= 0, 'invalid restart policy: maximum retry count cannot be negative');
  ensure(
    count === 0 || policy.Name === 'on-failure',
    "invalid restart policy: maximum retry count can only be used with 'on-failure'",
  );
  const restarts = policy.Name !== '' && policy.Name !== 'no';
  ensure(!(options.autoRemove && restarts), "can't create 'AutoRemove' container with restart policy");
}
