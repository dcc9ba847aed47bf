import { HakoError } from '#base';
import type { Container } from '#engine';
import type { Api } from '../server/api-context.ts';
import { parseDetachKeys } from '../server/detach-keys.ts';
import type { Exchange } from '../server/exchange.ts';
import { streamType } from '../server/frames.ts';
import { hijack } from '../server/hijack.ts';
import { joinStreams } from '../server/join-streams.ts';
import { announceContainer } from './announce.ts';

/** `POST /containers/{id}/attach?logs&stream&stdin&stdout&stderr&detachKeys`: the connection becomes the streams. */
export async function attachContainer(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const container = engine.containers.get(exchange.param('id'));
  requireAttachable(container);
  const detachKeys = parseDetachKeys(query.text('detachKeys'));
  const stdin = query.bool('stdin') && container.config.OpenStdin === true;
  await using streams = await engine.containers.attach(container.id, {
    stdin,
    stdout: query.bool('stdout'),
    stderr: query.bool('stderr'),
    logs: query.bool('logs'),
    stream: query.bool('stream'),
    signal: exchange.signal,
  });
  const tty = container.config.Tty === true;
  await using connection = hijack(exchange, streamType({ tty, minor: exchange.minor }));
  // Without StdinOnce others may still want to write, so the end of this client's input ends nothing.
  const closesStdin = container.config.StdinOnce === true && !tty;
  const end = await joinStreams(connection, streams, { stdin, closesStdin, detachKeys }, exchange.signal);
  if (end === 'detached') announceContainer(engine, 'detach', container);
}

function requireAttachable({ id, state }: Container): void {
  if (state.status === 'paused') {
    throw new HakoError('conflict', `container ${id} is paused, unpause the container before attach`);
  }
  if (state.status === 'restarting') {
    throw new HakoError('conflict', `container ${id} is restarting, wait until the container is running`);
  }
}
