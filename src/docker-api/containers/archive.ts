import { HakoError } from '#base';
import type { PathStat } from '#engine';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { bodyStream } from '../server/hijack.ts';
import { sendStream } from '../server/send-stream.ts';
import { rfc3339 } from '../server/time.ts';
import { announceContainer } from './announce.ts';

/** `HEAD /containers/{id}/archive?path`: what is at the path, in a header. */
export async function statArchive(exchange: Exchange, { engine }: Api): Promise<void> {
  const stat = await engine.containers.statPath(exchange.param('id'), pathOf(exchange));
  exchange.response.setHeader('X-Docker-Container-Path-Stat', encodeStat(stat));
  exchange.empty(200);
}

/** `GET /containers/{id}/archive?path`: the path as a tar. */
export async function readArchive(exchange: Exchange, { engine }: Api): Promise<void> {
  const container = engine.containers.get(exchange.param('id'));
  const { stat, tar } = await engine.containers.readArchive(container.id, pathOf(exchange));
  announceContainer(engine, 'archive-path', container);
  await sendStream(exchange, tar, 'application/x-tar', { 'X-Docker-Container-Path-Stat': encodeStat(stat) });
}

/** `PUT /containers/{id}/archive?path&noOverwriteDirNonDir&copyUIDGID`: a tar is unpacked at the path. */
export async function writeArchive(exchange: Exchange, { engine }: Api): Promise<void> {
  const { query } = exchange;
  const container = engine.containers.get(exchange.param('id'));
  await engine.containers.writeArchive(container.id, pathOf(exchange), bodyStream(exchange), {
    noOverwriteDirNonDir: query.bool('noOverwriteDirNonDir'),
    copyUidGid: query.bool('copyUIDGID'),
  });
  announceContainer(engine, 'extract-to-dir', container);
  exchange.empty(200);
}

function pathOf({ query }: Exchange): string {
  const path = query.text('path');
  if (path === '') throw new HakoError('invalid', 'bad parameter: path cannot be empty');
  return path;
}

function encodeStat(stat: PathStat): string {
  const value = {
    name: stat.name,
    size: stat.size,
    mode: stat.mode,
    mtime: rfc3339(stat.mtimeMs),
    linkTarget: stat.linkTarget,
  };
  return Buffer.from(JSON.stringify(value)).toString('base64');
}
