/** `hako artifact fetch`. */
import { command, text } from '../../args/flags.ts';
import { print } from '../../output.ts';
import { registryFlags, registryOptions } from './flags.ts';

export default command({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  description: 'Fetches the files of the artifacts that refer to an image; prints their paths.',
  flags: {
    ...registryFlags,
    'artifact-type': text('', 'TYPE', 'Only artifacts of this type'),
    digest: text('', 'DIGEST', 'Only this artifact'),
    output: text('o', 'DIR', 'Folder for the files', '.'),
  },
  arity: [1, 1],
  examples: ['hako artifact fetch --artifact-type application/spdx+json -o sboms registry.example/app:1'],
  async run({ flags, args: [name = ''] }) {
    const { fetchArtifacts } = await import('#images/remote');
    const files = await fetchArtifacts(name, {
      ...(await registryOptions(flags)),
      artifactType: flags['artifact-type'],
      outputDir: flags.output,
      ...(flags.digest === '' ? {} : { digest: flags.digest }),
    });
    print(files.map(({ path }) => `${path}\n`).join(''));
    return undefined;
  },
});
