import type { GroupVersionKind } from '../object.ts';

/** What an operation does: `x-kubernetes-action`. */
export type Action =
  | 'connect'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'post'
  | 'put'
  | 'watch'
  | 'watchlist';

/** The methods of HTTP by which resources are served, as OpenAPI writes them. */
export type Method = 'delete' | 'get' | 'patch' | 'post' | 'put';

/** One method of one path, before it is written in the terms of OpenAPI v2 or v3. */
export interface Operation {
  /** `/apis/apps/v1/namespaces/{namespace}/deployments/{name}`. */
  readonly path: string;
  readonly method: Method;
  readonly action: Action;
  /** `readAppsV1NamespacedDeployment`. */
  readonly id: string;
  readonly description: string;
  /** `apps_v1`. */
  readonly tag: string;
  readonly kind: GroupVersionKind;
  /** Names in the table of parameters; those of the path are not among them. */
  readonly query: readonly string[];
  /** Full name of the body's definition. */
  readonly body?: string;
  /** Full name of the answer's definition; none: text. */
  readonly answer?: string;
  /** Does the API speak protobuf for this kind? */
  readonly protobuf: boolean;
}

const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const TEXT = ['application/json', 'application/yaml'];
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** The media types of the operation's body. Kinds without protobuf (CRDs) know no strategic merge patch either. */
export function bodyTypes({ action, protobuf }: Operation): string[] {
  if (action === 'patch') return PATCHES.filter((type) => protobuf || !type.includes('strategic'));
  return ['*/*'];
}

/** The media types of the operation's answer. */
export function answerTypes({ action, answer, protobuf }: Operation): string[] {
  if (action === 'connect') return ['*/*'];
  const types = protobuf ? [...TEXT, PROTOBUF] : TEXT;
  if (answer === undefined) return ['text/plain', ...types];
  if (action !== 'list' && action !== 'watch' && action !== 'watchlist') return types;
  return [...types, 'application/json;stream=watch', ...(protobuf ? [`${PROTOBUF};stream=watch`] : [])];
}

/** The status codes of success, with their words. */
export function successes(action: Action): readonly (readonly [code: string, words: string])[] {
  switch (action) {
    case 'post':
      return [
        ['200', 'OK'],
        ['201', 'Created'],
        ['202', 'Accepted'],
      ];
    case 'put':
    case 'patch':
      return [
        ['200', 'OK'],
        ['201', 'Created'],
      ];
    case 'delete':
      return [
        ['200', 'OK'],
        ['202', 'Accepted'],
      ];
    default:
      return [['200', 'OK']];
  }
}
