import { type Digest, HakoError } from '#base';
import { formatPlatform, parsePlatform, satisfies } from '../../platform.ts';
import { parseReference, withDefaultTag } from '../../reference.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import type { CredentialsFor } from '../auth/credentials.ts';
import { RemoteContext, type RemoteSettings } from '../context.ts';
import { fetchDescribed, isAttestation, parseFetched } from '../pull/choose.ts';
import { fetchManifest } from '../registry/manifests.ts';
import { Repository } from '../registry/repository.ts';

export interface ArtifactOptions {
  credentialsFor: CredentialsFor;
  settings?: RemoteSettings;
  /** Of an index the image of this platform is meant; by default the index itself. */
  platform?: string;
  signal?: AbortSignal;
}

/** What artifacts refer to, in its repository. To be disposed of. */
export interface Subject extends Disposable {
  repository: Repository;
  descriptor: Descriptor;
}

/** Asks the registry what a name stands for. Throws `not_found`. */
export async function openSubject(text: string, options: ArtifactOptions): Promise<Subject> {
  const reference = withDefaultTag(parseReference(text));
  const context = new RemoteContext(options.settings);
  const repository = new Repository(reference, context.optionsFor(reference.domain, options.credentialsFor));
  try {
    const descriptor = await describe(repository, reference.digest ?? reference.tag ?? 'latest', options);
    return { repository, descriptor, [Symbol.dispose]: () => repository[Symbol.dispose]() };
  } catch (error) {
    repository[Symbol.dispose]();
    throw error;
  }
}

async function describe(
  repository: Repository,
  reference: Digest | string,
  { platform = '', signal }: ArtifactOptions,
): Promise<Descriptor> {
  let fetched = await fetchManifest(repository, reference, signal);
  const document = parseFetched(fetched, `${repository.path}:${reference}`);
  if (platform !== '' && 'index' in document) {
    const wanted = parsePlatform(platform);
    const entry = document.index.manifests.find((each) => {
      return each.platform && !isAttestation(each) && satisfies(parsePlatform(formatPlatform(each.platform)), wanted);
    });
    if (entry === undefined) throw new HakoError('not_found', `the image has nothing for ${formatPlatform(wanted)}`);
    fetched = await fetchDescribed(repository, entry, signal);
  }
  const { mediaType, digest, bytes } = fetched;
  return { mediaType, digest, size: bytes.length };
}
