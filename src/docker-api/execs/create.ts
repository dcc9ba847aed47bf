import { HakoError } from '#base';
import { execCreateRequest } from '../schema/container-requests.ts';
import type { Api } from '../server/api-context.ts';
import { parseDetachKeys } from '../server/detach-keys.ts';
import type { Exchange } from '../server/exchange.ts';

/** `POST /containers/{id}/exec`. */
export async function createExec(exchange: Exchange, { engine }: Api): Promise<void> {
  const config = await exchange.body(execCreateRequest);
  if ((config.Cmd ?? []).length === 0) throw new HakoError('invalid', 'No exec command specified');
  const texts = [...(config.Cmd ?? []), ...(config.Env ?? []), config.User ?? '', config.WorkingDir ?? ''];
  if (texts.some((each) => each.includes('\0')))
    throw new HakoError('invalid', 'invalid exec: a value contains a NUL byte');
  parseDetachKeys(config.DetachKeys ?? '');
  const id = await engine.execs.create(exchange.param('id'), config);
  exchange.json(201, { Id: id });
}
