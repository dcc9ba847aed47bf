/** Blobs as they are read (distribution-spec, "Pulling blobs"). */
import { type Digest, HakoError } from '#base';
import { repositoryScope } from '../auth/scope.ts';
import { discard } from '../http/body.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import type { EndpointClient } from './endpoint-client.ts';
import type { Repository } from './repository.ts';
import { statusError } from './status-error.ts';

/** A blob that is coming. */
export interface OpenBlob {
  answer: HttpAnswer;
  /** Where its first byte belongs: 0 where the registry does not do ranges. */
  offset: number;
}

/**
 * Asks one address for a blob from `offset` on; undefined where the blob has no byte there. The body may break off: whoever reads it
 * asks again for the rest.
 */
export async function openBlob(
  client: EndpointClient,
  repository: Repository,
  digest: Digest,
  offset: number,
  signal?: AbortSignal,
): Promise<OpenBlob | undefined> {
  const answer = await client.send({
    method: 'GET',
    path: `${repository.path}/blobs/${digest}`,
    headers: offset === 0 ? {} : { Range: `bytes=${offset}-` },
    scopes: [repositoryScope(repository.path, ['pull'])],
    ...(signal ? { signal } : {}),
  });
  if (answer.status === 200) return { answer, offset: 0 };
  if (answer.status === 206) return { answer, offset: rangeStart(answer, offset) };
  const error = await statusError(answer, `blob ${digest} of ${repository.domain}/${repository.path}`);
  if (answer.status === 416 && offset > 0) return undefined;
  throw error;
}

/** `Content-Range: bytes 100-199/200`. An answer to another question than ours cannot be used. */
function rangeStart(answer: HttpAnswer, wanted: number): number {
  const start = /^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1];
  if (Number(start) === wanted) return wanted;
  answer.body.destroy();
  throw new HakoError('invalid', `${answer.url.host} sent another part of the blob than it was asked for`);
}

/** The size of a blob that the repository has; undefined where it has none. */
export function statBlob(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<number | undefined> {
  return repository.with('push', signal, async (client) => {
    const answer = await client.send({
      method: 'HEAD',
      path: `${repository.path}/blobs/${digest}`,
      scopes: [repositoryScope(repository.path, ['pull', 'push'])],
      ...(signal ? { signal } : {}),
    });
    await discard(answer);
    if (answer.status === 200) return Number(answer.headers['content-length'] ?? 0);
    if (answer.status === 404) return undefined;
    throw await statusError(answer, `blob ${digest} of ${repository.domain}/${repository.path}`);
  });
}
