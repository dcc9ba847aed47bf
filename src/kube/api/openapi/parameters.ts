/** One parameter of a path or query. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'boolean' | 'integer' | 'string';
  readonly description: string;
}

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', type, description };
}

const ALL: readonly Parameter[] = [
  query(
    'allowWatchBookmarks',
    'boolean',
    'Asks a watch for BOOKMARK events, which carry nothing but a newer resourceVersion.',
  ),
  query('command', 'string', 'The program to run and its arguments, one parameter each. No shell is involved.'),
  query('container', 'string', 'The container of the pod. It may be left out where there is only one.'),
  query(
    'continue',
    'string',
    'The token that came with the last page of a list: answers the next page of the same revision.',
  ),
  query('dryRun', 'string', 'All: everything is done but the write itself.'),
  query(
    'fieldManager',
    'string',
    'Who makes the change: at most 128 printable characters. Required for server-side apply.',
  ),
  query('fieldSelector', 'string', 'Restricts the answer to objects whose fields have these values.'),
  query(
    'fieldValidation',
    'string',
    'What happens to unknown and duplicate fields. Ignore: they are dropped in silence. Warn: a warning header names ' +
      'them (default). Strict: the request fails.',
  ),
  query('follow', 'boolean', 'Keeps the log open and sends what is added.'),
  query('force', 'boolean', 'Server-side apply takes over fields that belong to others. Not for other patches.'),
  query(
    'gracePeriodSeconds',
    'integer',
    'Seconds until the object is gone; 0 deletes at once. Each kind has its own default.',
  ),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object that cannot be read any more, without looking at finalizers and preconditions. ' +
      'Use it only if you must.',
  ),
  query('insecureSkipTLSVerifyBackend', 'boolean', 'The certificate of the node that has the log is not verified.'),
  query('labelSelector', 'string', 'Restricts the answer to objects with these labels.'),
  query(
    'limit',
    'integer',
    'The most objects that one answer may have; where there are more, it has a continue token.',
  ),
  query('limitBytes', 'integer', 'The most bytes of the log that are sent.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('path', 'string', 'The path to ask for behind the proxy.'),
  query('ports', 'string', 'The ports to forward.'),
  query('pretty', 'string', 'true: JSON is indented.'),
  query('previous', 'boolean', 'The log of the container that ran before this one.'),
  query(
    'propagationPolicy',
    'string',
    'What happens to the objects that this one owns. Orphan: they stay. Background: they are deleted later. ' +
      'Foreground: they are deleted first.',
  ),
  query(
    'resourceVersion',
    'string',
    'The revision that the answer may not be older than, or from which a watch starts.',
  ),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant in a list: Exact or NotOlderThan.'),
  query(
    'sendInitialEvents',
    'boolean',
    'A watch begins with an ADDED event for every object, then a bookmark that says so.',
  ),
  query('sinceSeconds', 'integer', 'Only lines that are at most this old.'),
  query('stderr', 'boolean', 'Connects the standard error.'),
  query('stdin', 'boolean', 'Connects the standard input.'),
  query('stdout', 'boolean', 'Connects the standard output.'),
  query('stream', 'string', 'Which stream of the log: All, Stdout or Stderr.'),
  query('tailLines', 'integer', 'Only this many last lines.'),
  query('timeoutSeconds', 'integer', 'Ends the list or watch after this time.'),
  query('timestamps', 'boolean', 'Each line of the log begins with its time.'),
  query('tty', 'boolean', 'The program gets a terminal.'),
  query('watch', 'boolean', 'Streams changes instead of listing.'),
];
const byName = new Map(ALL.map((parameter) => [parameter.name, parameter]));

/** A parameter of the query by its name. */
export function queryParameter(name: string): Parameter {
  const known = byName.get(name);
  if (known === undefined) throw new RangeError(`There is no parameter ${name}`);
  return known;
}

/** The parameters that stand in a path: `{namespace}`, `{name}`, `{path}`. */
export function pathParameters(path: string, kind: string): Parameter[] {
  const words: Readonly<Record<string, string>> = {
    name: `The name of the ${kind}.`,
    namespace: 'The namespace of the object.',
    path: 'The path to ask for behind the proxy.',
  };
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    type: 'string',
    description: words[name] ?? '',
  }));
}
