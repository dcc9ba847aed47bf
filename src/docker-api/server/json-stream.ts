import { describeError } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** A stream of JSON objects, one a line, as pulls, loads and builds answer. */
export interface JsonStream {
  send(value: unknown): Promise<void>;
}

/**
 * Runs `work` with a stream that starts with its first object. An error before that is an ordinary error answer;
 * after it, docker's clients look for one object with both `errorDetail` and `error`.
 */
export async function streamJson(exchange: Exchange, work: (stream: JsonStream) => Promise<void>): Promise<void> {
  const send = async (value: unknown): Promise<void> => {
    if (!exchange.answered) exchange.startStream('application/json');
    await exchange.write(`${JSON.stringify(value)}\r\n`);
  };
  try {
    await work({ send });
  } catch (error) {
    if (!exchange.answered || exchange.signal.aborted) throw error;
    const { message } = describeError(error);
    await send({ errorDetail: { message }, error: message });
  }
  if (!exchange.answered) exchange.startStream('application/json');
  exchange.end();
}
