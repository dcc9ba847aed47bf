/** What tests do with artifacts, through the verbs that the command line has. */
import { attachArtifact, copyImage, fetchArtifacts, listArtifacts } from '#images/remote';
import { FakeRegistry } from '../../../../src/images/remote/testing/fake-registry.ts';

const SBOM = 'application/spdx+json';
const options = { credentialsFor: async () => undefined, settings: { certsDirs: [] } };

/** Puts a small image there with a file that refers to it; answers the artifact's digest. */
export async function publish(name: string, path: string): Promise<string> {
  await using source = await FakeRegistry.start();
  source.addImage('app:1', [Buffer.from('content')]);
  await copyImage(`docker://${source.host}/app:1`, `docker://${name}`, options);
  return attachArtifact(name, [{ path, mediaType: SBOM }], { ...options, artifactType: SBOM });
}

export async function copyWithReferrers(from: string, to: string): Promise<void> {
  await copyImage(`docker://${from}`, `docker://${to}`, { ...options, referrers: true });
}

/** The artifacts of an image, and their files, fetched into `outputDir`. */
export async function artifactsOf(name: string, outputDir: string): Promise<{ digests: string[]; files: string[] }> {
  const found = await listArtifacts(name, { ...options, artifactType: SBOM });
  const files = await fetchArtifacts(name, { ...options, artifactType: SBOM, outputDir });
  return { digests: found.map(({ digest }) => digest), files: files.map(({ path }) => path) };
}
