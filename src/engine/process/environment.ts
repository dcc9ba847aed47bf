const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment of a process: docker's own variables first, so that the container's win. A variable without `=`
 * removes one. HOME comes from the account unless it is set.
 */
export function processEnvironment(
  variables: readonly string[],
  options: { hostname: string; home: string; terminal: boolean },
): string[] {
  const result = new Map([['PATH', DEFAULT_PATH]]);
  if (options.hostname !== '') result.set('HOSTNAME', options.hostname);
  if (options.terminal) result.set('TERM', 'xterm');
  for (const variable of variables) {
    const separator = variable.indexOf('=');
    if (separator < 0) result.delete(variable);
    else result.set(variable.slice(0, separator), variable.slice(separator + 1));
  }
  if (!result.get('HOME')) result.set('HOME', options.home);
  return [...result].map(([name, value]) => `${name}=${value}`);
}
