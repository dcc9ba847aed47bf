import { HakoError } from '#base';
import type { Handler } from './router.ts';

/** An endpoint that is known and not offered: 501 with what to do instead. */
export function unsupported(message: string): Handler {
  return (exchange) => {
    exchange.request.resume();
    throw new HakoError('unsupported', message);
  };
}
