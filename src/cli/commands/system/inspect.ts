/** `hako inspect`: any object. */
import { command, text, toggle } from '../../args/flags.ts';
import { type ApiClient, containerPath, path } from '../../client/api.ts';
import { CliError, isStatus, UsageError } from '../../errors.ts';
import { inspectAll, inspectFlags } from '../../inspect.ts';

type Getter = (api: ApiClient, name: string, size: boolean) => Promise<unknown>;

/** In the order in which docker looks. */
const KINDS: Readonly<Record<string, Getter>> = {
  container: (api, name, size) => api.get(containerPath(name, '/json'), { size: size || undefined }),
  image: (api, name) => api.get(path`/images/${name}/json`),
  network: (api, name) => api.get(path`/networks/${name}`),
  volume: (api, name) => api.get(path`/volumes/${name}`),
};

export default command({
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  flags: {
    ...inspectFlags,
    size: toggle('s', 'Show the size of a container too'),
    type: text('', 'KIND', 'Look among these only: container, image, network, volume'),
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: [
    'hako inspect web',
    "hako inspect --format '{{.NetworkSettings.IPAddress}}' web",
    'hako inspect --type volume data',
  ],
  run({ api, flags, args }) {
    if (flags.type !== '' && !Object.hasOwn(KINDS, flags.type)) {
      throw new UsageError(`--type ${flags.type}: write ${Object.keys(KINDS).join(', ')}`);
    }
    const kinds =
      flags.type === '' ? Object.values(KINDS) : Object.values(KINDS).filter((getter) => getter === KINDS[flags.type]);
    return inspectAll(args, flags.format, (name) => findObject(kinds, api, name, flags.size));
  },
});

async function findObject(kinds: readonly Getter[], api: ApiClient, name: string, size: boolean): Promise<unknown> {
  for (const get of kinds) {
    try {
      return await get(api, name, size);
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }
  throw new CliError(`No such object: ${name}`);
}
