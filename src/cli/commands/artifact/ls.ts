/** `hako artifact ls`. */
import { command, text } from '../../args/flags.ts';
import { renderList } from '../../format/list.ts';
import { humanSize } from '../../format/units.ts';
import { print } from '../../output.ts';
import { registryFlags, registryOptions } from './flags.ts';

export default command({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  description:
    'Lists what refers to an image at its registry: signatures, SBOMs, whatever was attached. Registries without a list of their own\n' +
    'are asked for the tag that stands in for it.',
  flags: {
    ...registryFlags,
    'artifact-type': text('', 'TYPE', 'Only artifacts of this type'),
    format: text('', 'FORMAT', "table, json, or a Go template such as '{{.Digest}}'"),
  },
  arity: [1, 1],
  examples: [
    'hako artifact ls registry.example/app:1',
    "hako artifact ls --artifact-type application/spdx+json --format '{{.Digest}}' registry.example/app:1",
  ],
  async run({ flags, args: [name = ''] }) {
    const { listArtifacts } = await import('#images/remote');
    const found = await listArtifacts(name, {
      ...(await registryOptions(flags)),
      artifactType: flags['artifact-type'],
    });
    const table = 'table {{.Digest}}\t{{.ArtifactType}}\t{{.Size}}';
    const columns = {
      Digest: { heading: 'DIGEST', value: (each: (typeof found)[number]) => each.digest },
      ArtifactType: { heading: 'ARTIFACT TYPE', value: (each: (typeof found)[number]) => each.artifactType ?? '' },
      MediaType: { heading: 'MEDIA TYPE', value: (each: (typeof found)[number]) => each.mediaType },
      Size: { heading: 'SIZE', value: (each: (typeof found)[number]) => humanSize(each.size) },
      Annotations: { heading: 'ANNOTATIONS', value: (each: (typeof found)[number]) => each.annotations ?? {} },
    };
    print(renderList(found, { format: flags.format, table, columns }));
    return undefined;
  },
});
