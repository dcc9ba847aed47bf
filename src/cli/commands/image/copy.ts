/** `hako image copy`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { command, list, text, toggle } from '../../args/flags.ts';
import type { ApiClient } from '../../client/api.ts';
import { type ProgressMessage, progressMessages } from '../../client/json-stream.ts';
import { CliError } from '../../errors.ts';
import { print } from '../../output.ts';
import { Channel } from '../../progress/channel.ts';
import { showProgress } from '../../progress/progress.ts';

export default command({
  usage: '[OPTIONS] SOURCE DESTINATION',
  description:
    'Copies an image with all of its platforms, from and to any of these; digests stay as they are:\n' +
    '  docker://NAME[:TAG|@DIGEST]   a registry\n' +
    '  oci:FOLDER[:TAG]              a folder in OCI layout\n' +
    '  oci-archive:FILE[:TAG]        a tar in OCI layout\n' +
    '  docker-archive:FILE[:NAME]    a tar as docker save writes it\n' +
    '  store:NAME                    the images of the daemon; for the others no daemon is needed',
  flags: {
    platform: text('', 'OS/ARCH', 'Copy only the image of this platform'),
    'insecure-registry': list('', 'HOST', 'Registries that may be reached without TLS'),
    referrers: toggle('', 'Take signatures and SBOMs along that refer to the image'),
    sparse: toggle('', 'Leave out what the source does not have of an index'),
    quiet: toggle('q', 'Do not show progress'),
  },
  arity: [2, 2],
  examples: [
    'hako image copy docker://registry.example/app:1 oci:./app:1',
    'hako image copy store:app:1 docker://registry.example/app:1',
    'hako image copy --referrers docker://registry.example/app:1 docker://mirror.example/app:1',
  ],
  async run({ api, flags, args: [from = '', to = ''] }) {
    const [saves, loads] = [from.startsWith('store:'), to.startsWith('store:')];
    // What goes through the daemon goes through archives of ours.
    using scratch = saves || loads ? new (await import('#images/remote')).ScratchFolder(tmpdir()) : undefined;
    const folder = scratch?.path ?? '';
    const source = saves ? await saved(api, from, flags.platform, folder) : from;
    const target = loads ? `docker-archive:${folder}/load.tar:${to.slice('store:'.length)}` : to;
    const digest = await copy(source, target, flags);
    if (loads) await load(api, `${folder}/load.tar`);
    if (flags.quiet) print(`${digest}\n`);
    return undefined;
  },
});

interface CopyFlags {
  platform: string;
  'insecure-registry': readonly string[];
  referrers: boolean;
  sparse: boolean;
  quiet: boolean;
}

async function copy(from: string, to: string, flags: CopyFlags): Promise<string> {
  const { copyImage, DockerConfig } = await import('#images/remote');
  const config = DockerConfig.open();
  const channel = new Channel<ProgressMessage>();
  const work = copyImage(from, to, {
    ...(flags.platform === '' ? {} : { platform: flags.platform }),
    referrers: flags.referrers,
    sparse: flags.sparse,
    credentialsFor: (domain) => config.credentialsFor(domain),
    settings: { insecureRegistries: flags['insecure-registry'] },
    onProgress: ({ id, status, currentBytes, totalBytes }) => {
      const bytes = currentBytes === undefined ? {} : { current: currentBytes, total: totalBytes ?? 0 };
      channel.put({ status, progressDetail: bytes, ...(id === undefined ? {} : { id }) });
    },
  }).finally(() => channel.end());
  const [digest] = await Promise.all([work, showProgress(channel, { stream: process.stdout, quiet: flags.quiet })]);
  return digest;
}

async function saved(api: ApiClient, from: string, platform: string, folder: string): Promise<string> {
  const name = from.slice('store:'.length);
  const response = await api.request('GET', '/images/get', { query: { names: name, platform } });
  await pipeline(response.body, createWriteStream(`${folder}/save.tar`));
  return `docker-archive:${folder}/save.tar`;
}

async function load(api: ApiClient, path: string): Promise<void> {
  const response = await api.request('POST', '/images/load', { stream: createReadStream(path) });
  let loaded = 0;
  for await (const message of progressMessages(response.body)) if (message.stream !== undefined) loaded++;
  if (loaded === 0) throw new CliError('the daemon did not take the image');
}
