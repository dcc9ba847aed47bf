import { badRequest, isStatusError, noSuchPath, parseFieldSelector } from '#kube/api';
import type { RequestInfo } from './contract.ts';

const VERBS: ReadonlyMap<string, string> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** Of a namespace; anything else below one is a namespaced resource. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * What a request is about, from its method and `url` (as in the request line: path and query). The path is decoded once, as a whole,
 * before it is split: an encoded slash separates, so that nobody downstream can read the path differently from who allowed it.
 * Throws a 400 for bytes that are no text, a 404 for the old `/watch` and `/proxy` prefixes with nothing behind them.
 */
export function requestInfo(method: string, url: string): RequestInfo {
  const question = url.indexOf('?');
  const path = decodePath(question < 0 ? url : url.slice(0, question));
  const parts = splitPath(path);
  const isCore = parts[0] === 'api';
  if (parts.length < 3 || (!isCore && (parts[0] !== 'apis' || parts.length < 4))) return nonResource(method, path);
  const apiGroup = isCore ? '' : (parts[1] as string);
  let at = isCore ? 1 : 2;
  const apiVersion = parts[at++] as string;
  let verb = VERBS.get(method) ?? '';
  const prefix = parts[at] === 'watch' || parts[at] === 'proxy' ? parts[at] : undefined;
  if (prefix !== undefined) {
    if (parts.length === at + 1) throw noSuchPath();
    verb = prefix;
    at++;
  }
  const namespace = parts[at] === 'namespaces' ? (parts[at + 1] ?? '') : '';
  if (namespace !== '' && parts.length > at + 2 && !NAMESPACE_SUBRESOURCES.has(parts[at + 2] as string)) at += 2;
  const resource = parts[at] as string;
  const name = parts[at + 1] ?? '';
  const subresource = verb === 'proxy' ? '' : (parts[at + 2] ?? '');
  const rest = parts.slice(at + (verb === 'proxy' ? 2 : 3));
  const info = {
    isResourceRequest: true,
    path,
    verb,
    apiGroup,
    apiVersion,
    namespace,
    resource,
    subresource,
    name,
    rest,
  };
  if (name !== '' || (verb !== 'get' && verb !== 'delete')) return info;
  return collection(info, question < 0 ? '' : url.slice(question + 1));
}

/** Without a name, get is list or watch, delete is deletecollection; selectors count for these alone. */
function collection(info: RequestInfo, queryText: string): RequestInfo {
  const verb = info.verb === 'get' ? 'list' : 'deletecollection';
  if (queryText === '') return { ...info, verb };
  const query = new URLSearchParams(queryText);
  const fieldSelector = query.get('fieldSelector') ?? undefined;
  const labelSelector = query.get('labelSelector') ?? undefined;
  return {
    ...info,
    verb: verb === 'list' && isTrue(query.get('watch')) ? 'watch' : verb,
    name: verb === 'list' ? nameIn(fieldSelector) : '',
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  };
}

/** As upstream decodes booleans of a query: there, and neither `0` nor `false`. */
function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** The one name that a field selector allows, so that rights for single objects hold for their watches. */
function nameIn(fieldSelector: string | undefined): string {
  if (fieldSelector === undefined || !fieldSelector.includes('metadata.name')) return '';
  try {
    const requirement = parseFieldSelector(fieldSelector).find((one) => one.field === 'metadata.name' && !one.negated);
    return requirement !== undefined && isPathSegment(requirement.value) ? requirement.value : '';
  } catch (error) {
    // Whoever serves the list says what is wrong with it, to those who may list.
    if (isStatusError(error)) return '';
    throw error;
  }
}

function isPathSegment(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/%]/.test(name);
}

function nonResource(method: string, path: string): RequestInfo {
  return {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: [],
  };
}

/** Splits without the slashes at both ends; between two slashes is an empty part. */
function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === SLASH) start++;
  while (end > start && path.charCodeAt(end - 1) === SLASH) end--;
  return start === end ? [] : path.slice(start, end).split('/');
}

const SLASH = 47;

/** The path of the request line, decoded; proxies send whole URLs. */
function decodePath(target: string): string {
  const path = target.charCodeAt(0) === SLASH ? target : target.replace(/^https?:\/\/[^/]*/i, '') || '/';
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw badRequest(`the path of the request is not percent-encoded text: ${path.slice(0, 128)}`, error);
  }
}
