/** `--filter key=value` as the API's JSON. */
import { list } from '../args/flags.ts';
import { UsageError } from '../errors.ts';

/** The flag that every list and prune command has. */
export const filterFlag = list('f', 'KEY=VALUE', 'Show only what matches');
/** The same for commands whose -f means --force. */
export const longFilterFlag = list('', 'KEY=VALUE', 'Remove only what matches');

/** The `filters` query; undefined without filters. Throws UsageError. */
export function filtersQuery(filters: readonly string[], fixed: Record<string, string[]> = {}): string | undefined {
  const result: Record<string, string[]> = { ...fixed };
  for (const filter of filters) {
    const equals = filter.indexOf('=');
    if (equals < 1) throw new UsageError(`--filter ${filter}: write KEY=VALUE, such as status=running`);
    const key = filter.slice(0, equals).trim().toLowerCase();
    result[key] = [...(result[key] ?? []), filter.slice(equals + 1).trim()];
  }
  return Object.keys(result).length === 0 ? undefined : JSON.stringify(result);
}
