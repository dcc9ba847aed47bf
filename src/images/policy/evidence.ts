/** Signatures of an image, as they are found at its registry. Nothing is believed here: it is only brought. */
import { type Digest, digestHex, HakoError, sha256 } from '#base';
import { type Descriptor, parseObject } from '../unpack/spec.ts';

export type Evidence =
  /** cosign: a "simple signing" document and its signature. */
  | { kind: 'simple-signing'; payload: string; signature: string }
  /** A sigstore bundle with a DSSE envelope, as cosign 3 writes it. */
  | { kind: 'bundle'; bundle: string }
  /** notation: a signature envelope. */
  | { kind: 'notation'; mediaType: string; envelope: string };

/** How signatures are fetched; whoever talks to registries provides it. Digests of what comes are checked here again. */
export interface SignatureFetchers {
  /** A manifest by tag or digest; undefined where there is none. */
  manifest(reference: string): Promise<Buffer | undefined>;
  /** A blob that has at most `maxBytes`. */
  blob(digest: Digest, maxBytes: number): Promise<Buffer>;
  /** Manifests that refer to `digest` (distribution-spec, "Listing Referrers"); empty where the registry has no such list. */
  referrers(digest: Digest): Promise<readonly (Descriptor & { artifactType?: string })[]>;
}

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const COSIGN_SIGNATURE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(\.v[\d.]+)?\+json/;
const NOTATION = 'application/vnd.cncf.notary.signature';
const SIGNATURE = 'dev.cosignproject.cosign/signature';

/** More signatures than any image has; a registry must not keep us busy for ever. */
const MAX_MANIFESTS = 50;
const MAX_LAYERS = 50;
const MAX_BYTES = 1 << 20;

/** Brings the signatures of the manifest `digest`. */
export async function collectEvidence(digest: Digest, fetchers: SignatureFetchers): Promise<Evidence[]> {
  const tagged = await fetchers.manifest(`${digest.replace(':', '-')}.sig`);
  const found = tagged === undefined ? [] : await evidenceOf(tagged, COSIGN_SIGNATURE, fetchers);
  const referrers = (await fetchers.referrers(digest)).filter(isSignature).slice(0, MAX_MANIFESTS);
  for (const { digest: own, artifactType = '' } of referrers) {
    const manifest = await fetchers.manifest(own);
    if (manifest === undefined) continue;
    if (own.startsWith('sha256:') && sha256(manifest) !== own) throw notWhatWasAskedFor(own);
    found.push(...(await evidenceOf(manifest, artifactType, fetchers)));
  }
  return found;
}

function isSignature({ artifactType = '' }: { artifactType?: string }): boolean {
  return artifactType === COSIGN_SIGNATURE || artifactType === NOTATION || BUNDLE.test(artifactType);
}

async function evidenceOf(manifest: Buffer, artifactType: string, fetchers: SignatureFetchers): Promise<Evidence[]> {
  const { layers } = parseObject(manifest, 'the manifest of a signature');
  const evidence: Evidence[] = [];
  for (const layer of Array.isArray(layers) ? layers.slice(0, MAX_LAYERS) : []) {
    const { mediaType, digest, annotations } = layer as Partial<Descriptor>;
    if (mediaType === undefined || digest === undefined) continue;
    const signature = annotations?.[SIGNATURE];
    if (mediaType === SIMPLE_SIGNING && signature !== undefined)
      evidence.push({ kind: 'simple-signing', payload: await content(fetchers, digest), signature });
    else if (BUNDLE.test(mediaType)) evidence.push({ kind: 'bundle', bundle: await content(fetchers, digest) });
    else if (artifactType === NOTATION)
      evidence.push({ kind: 'notation', mediaType, envelope: await content(fetchers, digest) });
  }
  return evidence;
}

/** In base64: payloads are signed byte for byte. */
async function content(fetchers: SignatureFetchers, digest: Digest): Promise<string> {
  const bytes = await fetchers.blob(digest, MAX_BYTES);
  if (digestHex(digest).length === 64 && sha256(bytes) !== digest) throw notWhatWasAskedFor(digest);
  return bytes.toString('base64');
}

function notWhatWasAskedFor(digest: Digest): HakoError {
  return new HakoError('invalid', `the registry sent something else than the signature ${digest}`);
}
