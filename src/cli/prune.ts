/** What the prune commands share. */
import { toggle } from './args/flags.ts';
import type { ApiClient } from './client/api.ts';
import { humanSize } from './format/units.ts';
import { filtersQuery, longFilterFlag } from './options/filters.ts';
import { print } from './output.ts';

export const pruneFlags = {
  force: toggle('f', 'Do not ask'),
  filter: longFilterFlag,
};

/** The kinds that the API can prune, and the name of the list in its answer. */
const LISTS = {
  containers: ['ContainersDeleted', 'Deleted Containers'],
  networks: ['NetworksDeleted', 'Deleted Networks'],
  volumes: ['VolumesDeleted', 'Deleted Volumes'],
  images: ['ImagesDeleted', 'Deleted Images'],
} as const;

type Answer = { SpaceReclaimed?: number } & Partial<Record<string, (string | Record<string, string>)[] | null>>;

/** Asks, prunes one kind, and prints what went. */
export async function pruneObjects(
  api: ApiClient,
  kind: keyof typeof LISTS,
  flags: { force: boolean; filter: readonly string[] },
  warning: string,
  fixed: Record<string, string[]> = {},
): Promise<number> {
  if (!flags.force && !(await (await import('./confirm.ts')).confirm(warning))) return 0;
  const reclaimed = await pruneKind(api, kind, filtersQuery(flags.filter, fixed));
  if (kind !== 'networks') print(`Total reclaimed space: ${humanSize(reclaimed)}\n`);
  return 0;
}

/** Prunes one kind and prints what went; answers the bytes. */
export async function pruneKind(
  api: ApiClient,
  kind: keyof typeof LISTS,
  filters: string | undefined,
): Promise<number> {
  const answer = await api.post<Answer>(`/${kind}/prune`, { filters });
  const [list, title] = LISTS[kind];
  const items = (answer[list] ?? []).map(itemText);
  if (items.length > 0) print(`${title}:\n${items.map((item) => `${item}\n`).join('')}\n`);
  return answer.SpaceReclaimed ?? 0;
}

function itemText(item: string | Record<string, string>): string {
  if (typeof item === 'string') return item;
  return Object.entries(item)
    .map(([action, name]) => `${action.toLowerCase()}: ${name}`)
    .join('\n');
}
