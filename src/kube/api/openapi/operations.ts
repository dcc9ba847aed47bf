import type { GroupVersionKind } from '../object.ts';
import {
  type ResourceDefinition,
  type ResourceVersion,
  type Subresource,
  subresourcesOf,
  type Verb,
} from '../resource.ts';
import { answersDeletedObject } from './deleted.ts';
import { bodyName, builtinName, capital, groupWord, kindName, listName } from './names.ts';
import type { Action, Method, Operation } from './operation.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const LIST_QUERY = [
  ...['continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'resourceVersionMatch'],
  ...['sendInitialEvents', 'timeoutSeconds'],
];
const WATCH_QUERY = ['allowWatchBookmarks', ...LIST_QUERY, 'watch', 'pretty'];
const WRITE_QUERY = ['dryRun', 'fieldManager', 'fieldValidation', 'pretty'];
const DELETE_QUERY = [
  ...['dryRun', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents'],
  ...['propagationPolicy', 'pretty'],
];
/** What connections and logs may be asked for, by subresource. */
const CONNECT_QUERY: Readonly<Record<string, readonly string[]>> = {
  attach: ['container', 'stderr', 'stdin', 'stdout', 'tty'],
  exec: ['command', 'container', 'stderr', 'stdin', 'stdout', 'tty'],
  log: [
    ...[
      'container',
      'follow',
      'insecureSkipTLSVerifyBackend',
      'limitBytes',
      'pretty',
      'previous',
      'sinceSeconds',
      'stream',
    ],
    ...['tailLines', 'timestamps'],
  ],
  portforward: ['ports'],
  proxy: ['path'],
};
const VERB_METHODS: readonly (readonly [Verb, Method])[] = [
  ['get', 'get'],
  ['create', 'post'],
  ['update', 'put'],
  ['patch', 'patch'],
  ['delete', 'delete'],
];

/** What the operations of one version of one resource share. */
interface Subject {
  readonly row: ResourceDefinition;
  readonly version: ResourceVersion;
  readonly root: string;
  /** `/namespaces/{namespace}` or ''. */
  readonly scope: string;
  /** `AppsV1`. */
  readonly word: string;
  /** `NamespacedDeployment`. */
  readonly noun: string;
  readonly tag: string;
  readonly kind: GroupVersionKind;
  readonly definition: string;
  readonly protobuf: boolean;
}

/** `/api/v1`, `/apis/apps/v1`. */
export function rootPath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** Everything that can be asked of one version of one resource. */
export function operationsOf(row: ResourceDefinition, version: ResourceVersion): Operation[] {
  const subject = subjectOf(row, version);
  return [...collectionOperations(subject), ...itemOperations(subject), ...watchOperations(subject)].concat(
    Object.entries(subresourcesOf(row, version)).flatMap(([name, sub]) => subresourceOperations(subject, name, sub)),
  );
}

function subjectOf(row: ResourceDefinition, version: ResourceVersion): Subject {
  const group = groupWord(row.group);
  return {
    row,
    version,
    root: rootPath(row.group, version.name),
    scope: row.namespaced ? '/namespaces/{namespace}' : '',
    word: group + capital(version.name),
    noun: (row.namespaced ? 'Namespaced' : '') + row.kind,
    tag: `${group.slice(0, 1).toLowerCase()}${group.slice(1)}_${version.name}`,
    kind: { group: row.group, version: version.name, kind: row.kind },
    definition: kindName(row, version),
    protobuf: builtinName(row, version) !== undefined,
  };
}

/** An operation of the resource itself, or with `more` of a subresource. */
function operation(
  subject: Subject,
  path: string,
  method: Method,
  action: Action,
  more: Pick<Operation, 'id' | 'description' | 'query'> & Partial<Operation>,
): Operation {
  const { tag, kind, protobuf } = subject;
  return { path, method, action, tag, kind, protobuf, ...more };
}

function collectionOperations(subject: Subject): Operation[] {
  const { row, version, root, scope, word, noun, definition } = subject;
  const path = `${root}${scope}/${row.plural}`;
  const found: Operation[] = [];
  const list = {
    query: WATCH_QUERY,
    answer: listName(row, version),
    description: `list ${row.verbs.includes('watch') ? 'or watch ' : ''}objects of kind ${row.kind}`,
  };
  if (row.verbs.includes('list')) {
    found.push(operation(subject, path, 'get', 'list', { id: `list${word}${noun}`, ...list }));
    const id = `list${word}${row.kind}ForAllNamespaces`;
    if (row.namespaced) found.push(operation(subject, `${root}/${row.plural}`, 'get', 'list', { id, ...list }));
  }
  if (row.verbs.includes('create')) {
    const description = `create ${one(row.kind)}`;
    const body = { query: WRITE_QUERY, body: definition, answer: definition };
    found.push(operation(subject, path, 'post', 'post', { id: `create${word}${noun}`, description, ...body }));
  }
  if (row.verbs.includes('deletecollection')) {
    const id = `delete${word}Collection${noun}`;
    const query = [...LIST_QUERY, ...DELETE_QUERY];
    const more = { id, description: `delete collection of ${row.kind}`, query, body: `${META}.DeleteOptions` };
    found.push(operation(subject, path, 'delete', 'deletecollection', { ...more, answer: `${META}.Status` }));
  }
  return found;
}

/** `a Pod`, `an Ingress`, but `Endpoints`. */
function one(kind: string): string {
  if (/[^s]s$/.test(kind)) return kind;
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function itemOperations(subject: Subject): Operation[] {
  const { row, root, scope, word, noun, definition } = subject;
  const path = `${root}${scope}/${row.plural}/{name}`;
  const found: Operation[] = [];
  for (const [verb, method] of VERB_METHODS) {
    if (verb === 'create' || !row.verbs.includes(verb)) continue;
    const more = verb === 'delete' ? deleteOf(row, definition) : access(verb, definition, `the specified ${row.kind}`);
    found.push(operation(subject, path, method, actionOf(method), { ...more, id: `${idVerb(verb)}${word}${noun}` }));
  }
  return found;
}

function deleteOf(row: ResourceDefinition, definition: string) {
  const answer = answersDeletedObject(row) ? definition : `${META}.Status`;
  const description = `delete ${one(row.kind)}`;
  return { description, query: DELETE_QUERY, body: `${META}.DeleteOptions`, answer };
}

function access(verb: Verb, definition: string, object: string) {
  const answer = definition;
  switch (verb) {
    case 'get':
      return { description: `read ${object}`, query: ['pretty'], answer };
    case 'patch':
      return {
        description: `partially update ${object}`,
        query: [...WRITE_QUERY, 'force'],
        body: `${META}.Patch`,
        answer,
      };
    case 'update':
      return { description: `replace ${object}`, query: WRITE_QUERY, body: definition, answer };
    default:
      return { description: `${verb} ${object}`, query: WRITE_QUERY, body: definition, answer };
  }
}

function actionOf(method: Method): Action {
  return method;
}

function idVerb(verb: Verb): string {
  return verb === 'get' ? 'read' : verb === 'update' ? 'replace' : verb;
}

/** The old paths for watching: deprecated since 1.12, and still served. */
function watchOperations(subject: Subject): Operation[] {
  const { row, root, scope, word, noun } = subject;
  if (!row.verbs.includes('watch')) return [];
  const more = { query: WATCH_QUERY, answer: `${META}.WatchEvent` };
  const lists = {
    ...more,
    description: `watch the list of ${row.kind}. deprecated: use the watch parameter of a list`,
  };
  const single = {
    ...more,
    description: `watch one ${row.kind}. deprecated: use a list with watch and a fieldSelector`,
  };
  const path = `${root}/watch${scope}/${row.plural}`;
  const found = [
    operation(subject, path, 'get', 'watchlist', { id: `watch${word}${noun}List`, ...lists }),
    operation(subject, `${path}/{name}`, 'get', 'watch', { id: `watch${word}${noun}`, ...single }),
  ];
  if (!row.namespaced) return found;
  const id = `watch${word}${row.kind}ListForAllNamespaces`;
  return [...found, operation(subject, `${root}/watch/${row.plural}`, 'get', 'watchlist', { id, ...lists })];
}

function subresourceOperations(subject: Subject, name: string, sub: Subresource): Operation[] {
  const { row, root, scope, word, noun, definition } = subject;
  const path = `${root}${scope}/${row.plural}/{name}/${name}`;
  const body = sub.body === undefined ? definition : bodyName(sub.body);
  const kind = sub.body ?? subject.kind;
  if (body === undefined || name === 'log') return connections(subject, path, name, sub, kind);
  return VERB_METHODS.filter(([verb]) => sub.verbs.includes(verb)).map(([verb, method]) => {
    const object = verb === 'create' ? `${name} of ${one(row.kind)}` : `${name} of the specified ${row.kind}`;
    const more = { ...access(verb, body, object), kind, id: `${idVerb(verb)}${word}${noun}${capital(name)}` };
    return operation(subject, path, method, actionOf(method), more);
  });
}

/** Subresources that are no objects: streams, proxies, logs. */
function connections(
  subject: Subject,
  path: string,
  name: string,
  sub: Subresource,
  kind: GroupVersionKind,
): Operation[] {
  const { row, word, noun } = subject;
  const query = CONNECT_QUERY[name] ?? [];
  return VERB_METHODS.filter(([verb]) => sub.verbs.includes(verb)).flatMap(([, method]) => {
    if (name === 'log') {
      const description = `read log of the specified ${row.kind}`;
      return operation(subject, path, method, 'get', { id: `read${word}${noun}Log`, description, query, kind });
    }
    const id = `connect${word}${capital(method)}${noun}${capital(name)}`;
    const description = `connect ${method.toUpperCase()} requests to ${name} of ${row.kind}`;
    const connect = operation(subject, path, method, 'connect', { id, description, query, kind });
    return name === 'proxy' ? [connect, { ...connect, path: `${path}/{path}`, id: `${id}WithPath` }] : connect;
  });
}
