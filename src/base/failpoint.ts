/**
 * Named places where a test may make the process fail. `HAKO_FAILPOINTS=name=kill,other=error` arms them;
 * unarmed, a call costs one look-up in an empty map.
 */
import { HakoError } from './errors.ts';

type Action = 'kill' | 'error';
const armed = parse(process.env.HAKO_FAILPOINTS);

function parse(text: string | undefined): Map<string, Action> {
  const entries = (text ?? '').split(',').filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const [name = '', action = 'kill'] = entry.split('=');
      if (action !== 'kill' && action !== 'error') {
        throw new HakoError('invalid', `HAKO_FAILPOINTS: "${entry}" must be name=kill or name=error`);
      }
      return [name, action];
    }),
  );
}

/** Does what was armed for `name`: `kill` ends the process at once (SIGKILL), `error` throws `internal`. */
export function failpoint(name: string): void {
  if (armed.size === 0) return;
  const action = armed.get(name);
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'error') throw new HakoError('internal', `failpoint ${name}`);
}
