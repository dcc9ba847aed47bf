import type { Container } from '#engine';

/** What `logs --details` shows: the labels and variables that the container's log options name, as `k=v,k=v`. */
export function logDetails({ config, hostConfig }: Container): string {
  const options = hostConfig.LogConfig?.Config ?? {};
  const labels = Object.entries(config.Labels ?? {});
  const variables = (config.Env ?? []).map((each): [string, string] => {
    const cut = each.indexOf('=');
    return cut === -1 ? [each, ''] : [each.slice(0, cut), each.slice(cut + 1)];
  });
  const chosen = [...named(labels, options.labels), ...named(variables, options.env)];
  return chosen
    .sort()
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join(',');
}

function named(entries: readonly [string, string][], names: string | undefined): [string, string][] {
  const wanted = new Set((names ?? '').split(',').filter(Boolean));
  return entries.filter(([key]) => wanted.has(key));
}
