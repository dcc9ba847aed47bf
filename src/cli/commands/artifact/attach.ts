/** `hako artifact attach`. */
import { command, list, text } from '../../args/flags.ts';
import { UsageError } from '../../errors.ts';
import { print } from '../../output.ts';
import { registryFlags, registryOptions } from './flags.ts';

export default command({
  usage: '[OPTIONS] --artifact-type TYPE NAME[:TAG|@DIGEST] [FILE[:MEDIA-TYPE]...]',
  description: 'Stores files beside an image at its registry, as an artifact that refers to it; prints its digest.',
  flags: {
    ...registryFlags,
    'artifact-type': text('', 'TYPE', 'What it is, such as application/spdx+json'),
    annotation: list('', 'KEY=VALUE', 'Annotations of the artifact'),
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: [
    'hako artifact attach --artifact-type application/spdx+json registry.example/app:1 sbom.json:application/spdx+json',
  ],
  async run({ flags, args: [name = '', ...files] }) {
    if (flags['artifact-type'] === '') throw new UsageError('say what it is with --artifact-type');
    const { attachArtifact } = await import('#images/remote');
    const digest = await attachArtifact(name, files.map(parseFile), {
      ...(await registryOptions(flags)),
      artifactType: flags['artifact-type'],
      annotations: Object.fromEntries(flags.annotation.map(parseAnnotation)),
    });
    print(`${digest}\n`);
    return undefined;
  },
});

/** A colon with a media type behind it ends the path. */
function parseFile(word: string): { path: string; mediaType?: string } {
  const colon = word.lastIndexOf(':');
  const mediaType = word.slice(colon + 1);
  const isType = colon > 0 && /^\w[\w.+-]*\/\w[\w.+-]*$/.test(mediaType);
  return isType ? { path: word.slice(0, colon), mediaType } : { path: word };
}

function parseAnnotation(word: string): [string, string] {
  const at = word.indexOf('=');
  if (at < 1) throw new UsageError(`--annotation ${word}: write KEY=VALUE`);
  return [word.slice(0, at), word.slice(at + 1)];
}
