import { HakoError } from '#base';
import type { RemoteImageFacts, TransferOptions } from '../contract.ts';
import { parseReference, withDefaultTag } from '../reference.ts';
import type { RemoteContext } from './context.ts';
import { discard } from './http/body.ts';
import { isAttestation, parseFetched } from './pull/choose.ts';
import { fetchConfig } from './pull/config.ts';
import { fetchManifest } from './registry/manifests.ts';
import { Repository } from './registry/repository.ts';
import { statusError } from './registry/status-error.ts';

/** What a registry has under a name: `GET /distribution/{name}/json`. */
export async function inspectRemote(
  context: RemoteContext,
  text: string,
  { credentials, signal }: TransferOptions,
): Promise<RemoteImageFacts> {
  const reference = withDefaultTag(parseReference(text));
  using repository = new Repository(
    reference,
    context.optionsFor(reference.domain, async () => credentials),
  );
  const top = await fetchManifest(repository, reference.digest ?? reference.tag ?? 'latest', signal);
  const facts = { mediaType: top.mediaType, digest: top.digest, sizeBytes: top.bytes.length };
  const document = parseFetched(top, text);
  if ('index' in document) {
    const platforms = document.index.manifests
      .filter((entry) => !isAttestation(entry))
      .flatMap((m) => m.platform ?? []);
    return { ...facts, platforms };
  }
  const { config } = await fetchConfig(repository, document.manifest, signal);
  const { os, architecture, variant } = config;
  return { ...facts, platforms: [{ os, architecture, ...(variant ? { variant } : {}) }] };
}

/** Shows the credentials to the registry. Throws `unauthenticated` where it does not take them. */
export async function checkCredentials(
  context: RemoteContext,
  domain: string,
  { credentials, signal }: TransferOptions,
): Promise<void> {
  using repository = new Repository(
    { domain, path: '' },
    context.optionsFor(domain, async () => credentials),
  );
  await repository.with('push', signal, async (client) => {
    const answer = await client.send({ method: 'GET', path: '', scopes: [], ...(signal ? { signal } : {}) });
    if (answer.status === 401)
      throw new HakoError('unauthenticated', `${domain} does not take this user name and password`);
    // A registry that needs no login takes any.
    if (answer.status >= 400) throw await statusError(answer, `login at ${domain}`);
    await discard(answer);
  });
}
