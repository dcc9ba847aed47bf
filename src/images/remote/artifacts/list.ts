import { listReferrers, type Referrer } from '../registry/referrers.ts';
import { type ArtifactOptions, openSubject } from './subject.ts';

export type { Referrer } from '../registry/referrers.ts';

/** The artifacts that refer to what `text` names: signatures, SBOMs, whatever was attached. */
export async function listArtifacts(
  text: string,
  options: ArtifactOptions & { artifactType?: string },
): Promise<Referrer[]> {
  const { artifactType, signal } = options;
  using subject = await openSubject(text, options);
  return await listReferrers(subject.repository, subject.descriptor.digest, {
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...(signal ? { signal } : {}),
  });
}
