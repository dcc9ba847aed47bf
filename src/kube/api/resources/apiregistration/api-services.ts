import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  type Condition,
  dns1035LabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  METADATA,
  type Path,
  portNumberErrors,
  SPEC,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { LABELS_AND_ANNOTATIONS, statusSubresource } from '../strategies.ts';

interface ApiService extends KubeObject {
  spec: {
    service?: { namespace?: string; name?: string; port?: number };
    group?: string;
    version?: string;
    insecureSkipTLSVerify?: boolean;
    caBundle?: string;
    groupPriorityMinimum?: number;
    versionPriority?: number;
  };
  status?: { conditions?: Condition[] };
}

const HTTPS_PORT = 443;
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

function setDefaults(api: ApiService): void {
  api.spec ??= {};
  if (api.spec.service !== undefined) api.spec.service.port ??= HTTPS_PORT;
}

function validate({ metadata, spec }: ApiService, errors: FieldErrors): void {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = spec;
  const name = `${version}.${group}`;
  if (metadata.name !== name)
    errors.invalid(
      METADATA.child('name'),
      metadata.name,
      `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`,
    );
  if (group !== '') errors.invalidEach(SPEC.child('group'), group, dnsSubdomainErrors(group));
  else if (version !== 'v1')
    errors.required(SPEC.child('group'), 'only v1 may have an empty group and it better be legacy kube');
  errors.invalidEach(SPEC.child('version'), version, dns1035LabelErrors(version));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > MAX_GROUP_PRIORITY)
    errors.invalid(SPEC.child('groupPriorityMinimum'), groupPriorityMinimum, 'must be positive and less than 20000');
  if (versionPriority <= 0 || versionPriority > MAX_VERSION_PRIORITY)
    errors.invalid(SPEC.child('versionPriority'), versionPriority, 'must be positive and less than 1000');
  if (spec.service === undefined) validateLocal(spec, errors);
  else validateService(spec.service, SPEC.child('service'), errors);
  if (spec.service !== undefined && spec.insecureSkipTLSVerify === true && (spec.caBundle ?? '') !== '')
    errors.invalid(SPEC.child('insecureSkipTLSVerify'), true, 'may not be true if caBundle is present');
}

/** Without a service the API server itself serves the group. */
function validateLocal({ caBundle = '', insecureSkipTLSVerify }: ApiService['spec'], errors: FieldErrors): void {
  if (caBundle !== '') {
    const shown = `${Buffer.byteLength(caBundle, 'base64')} bytes`;
    errors.invalid(SPEC.child('caBundle'), shown, 'local APIServices may not have a caBundle');
  }
  if (insecureSkipTLSVerify === true)
    errors.invalid(SPEC.child('insecureSkipTLSVerify'), true, 'local APIServices may not have insecureSkipTLSVerify');
}

function validateService(
  { namespace = '', name = '', port = HTTPS_PORT }: NonNullable<ApiService['spec']['service']>,
  path: Path,
  errors: FieldErrors,
): void {
  if (namespace === '') errors.required(path.child('namespace'));
  if (name === '') errors.required(path.child('name'));
  for (const problem of portNumberErrors(port))
    errors.invalid(path.child('port'), port, `port is not valid: ${problem}`);
}

function service(object: KubeObject): string {
  const { namespace = '', name = '' } = (object as ApiService).spec?.service ?? {};
  return (object as ApiService).spec?.service === undefined ? 'Local' : `${namespace}/${name}`;
}

function available(object: KubeObject): string {
  const condition = ((object as ApiService).status?.conditions ?? []).find(({ type }) => type === 'Available');
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}

/** Who serves a version of a group. */
export const apiServices: ResourceDefinition = {
  group: 'apiregistration.k8s.io',
  plural: 'apiservices',
  singular: 'apiservice',
  kind: 'APIService',
  categories: ['api-extensions'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService' },
      {
        columns: [
          textColumn('Service', 'The service, or Local.', service),
          textColumn('Available', 'Does it answer?', available),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  storagePrefix: 'apiregistration.k8s.io/apiservices',
  subresources: { status: statusSubresource(undefined, { keeps: LABELS_AND_ANNOTATIONS }) },
  strategy: kindStrategy<ApiService>(
    { newStatus: () => ({}), setDefaults, validate },
    { nameRule: 'path-segment', hasGeneration: false, allowUnconditionalUpdate: false },
  ),
};
