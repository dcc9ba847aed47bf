import { type Digest, HakoError } from '#base';
import type { Image } from '../contract.ts';
import { parseReference, repositoryOf } from '../reference.ts';
import { collectEvidence, type Evidence, type SignatureFetchers } from './evidence.ts';
import type { EvidenceTable } from './evidence-table.ts';
import { checkNotation } from './notation.ts';
import { type Policy, requirementFor, type SignedBy } from './policy.ts';
import { checkSigstore } from './sigstore.ts';

/** Enforces the policy, on pull and on run. */
export class ImageVerifier {
  readonly #policy: () => Policy;
  readonly #evidence: EvidenceTable;

  constructor(policy: () => Policy, evidence: EvidenceTable) {
    this.#policy = policy;
    this.#evidence = evidence;
  }

  /**
   * To be called before anything but the manifest `digest` of `reference` is fetched. Brings signatures where the policy wants some,
   * and keeps them for `verifyImage`. Throws `forbidden`.
   */
  async verifyManifest(reference: string, digest: Digest, fetchers: SignatureFetchers): Promise<void> {
    const repository = repositoryOf(parseReference(reference));
    const { scope, requirement } = requirementFor(this.#policy(), repository);
    if (requirement.type === 'accept') return;
    if (requirement.type === 'reject') throw rejected(repository, scope);
    const evidence = await collectEvidence(digest, fetchers);
    checkSigned(requirement, scope, repository, digest, evidence);
    this.#evidence.set(repository, digest, evidence);
  }

  /**
   * To be called before an image is run, with the name that the user gave, if he gave one. The repositories that the image came from
   * count too: another name does not wash it clean. Needs no network. Throws `forbidden`.
   */
  verifyImage(image: Pick<Image, 'id' | 'repoDigests'>, reference?: string): void {
    const policy = this.#policy();
    const origins = image.repoDigests.map(splitDigest);
    for (const { repository, digest } of origins) this.#verifyOrigin(policy, repository, [digest]);
    const named = reference === undefined ? undefined : namedRepository(reference, image.id);
    if (named === undefined || origins.some(({ repository }) => repository === named)) return;
    this.#verifyOrigin(policy, named, []);
  }

  #verifyOrigin(policy: Policy, repository: string, digests: readonly Digest[]): void {
    const { scope, requirement } = requirementFor(policy, repository);
    if (requirement.type === 'reject') throw rejected(repository, scope);
    if (requirement.type === 'accept') return;
    if (digests.length === 0) throw unsigned(repository, scope, ['it did not come from there']);
    for (const digest of digests)
      checkSigned(requirement, scope, repository, digest, this.#evidence.find(repository, digest));
  }
}

function splitDigest(name: string): { repository: string; digest: Digest } {
  const at = name.indexOf('@');
  return { repository: name.slice(0, at), digest: name.slice(at + 1) as Digest };
}

/** The repository of a name; undefined where it is the image's id or the beginning of it. */
function namedRepository(reference: string, id: Digest): string | undefined {
  const isId = id === reference || id.slice(id.indexOf(':') + 1).startsWith(reference) || id.startsWith(reference);
  return isId ? undefined : repositoryOf(parseReference(reference));
}

/** One good signature is enough. */
function checkSigned(
  requirement: SignedBy,
  scope: string,
  repository: string,
  digest: Digest,
  evidence: readonly Evidence[],
): void {
  const reasons: string[] = [];
  for (const each of evidence) {
    const reason =
      each.kind === 'notation'
        ? checkNotation(each, requirement, digest, Date.now())
        : checkSigstore(each, requirement.sigstoreKeys, repository, digest);
    if (reason === undefined) return;
    reasons.push(`${each.kind === 'notation' ? 'notation' : 'sigstore'}: ${reason}`);
  }
  throw unsigned(`${repository}@${digest}`, scope, reasons.length === 0 ? ['it has no signature'] : reasons);
}

function rejected(repository: string, scope: string): HakoError {
  return new HakoError('forbidden', `images of ${repository} are rejected by policy (rule "${scope}")`);
}

function unsigned(what: string, scope: string, reasons: readonly string[]): HakoError {
  const why = [...new Set(reasons)].slice(0, 5).join('; ');
  return new HakoError('forbidden', `${what} is not signed as the policy wants it (rule "${scope}"): ${why}`);
}
