import { HakoError } from '#base';
import type { Authorizer, Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { certificateApproval, certificateSigning, certificateSubjects } from './certificates/signers.ts';
import type { AdmissionPlugin } from './contract.ts';
import { adminAccess } from './devices/admin-access.ts';
import { claimRights } from './devices/claim-rights.ts';
import { limitRanger } from './limits/limit-ranger.ts';
import type { ResourceTypes } from './matching/resource-types.ts';
import { namespaceLifecycle } from './namespaces/namespace-lifecycle.ts';
import { defaultIngressClass } from './networking/default-ingress-class.ts';
import { taintNewNodes } from './nodes/taint-new-nodes.ts';
import { ownerReferences } from './owners/owner-references.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { defaultTolerations } from './pods/default-tolerations.ts';
import { runtimeClassPlugin } from './pods/runtime-class.ts';
import { podTopologyLabels } from './pods/topology-labels.ts';
import { priorityPlugin } from './priority/priority.ts';
import { resourceQuotaPlugin } from './quota/plugin.ts';
import { serviceAccountPlugin } from './service-accounts/service-account.ts';
import { claimResize } from './storage/claim-resize.ts';
import { defaultStorageClass } from './storage/default-storage-class.ts';
import { inUseProtection } from './storage/in-use-protection.ts';

/** What the built-in plugins stand on. */
export interface BuiltinOptions {
  /** Has what `READ_RESOURCES` names, and nodes. */
  readonly objects: Objects;
  /** The API as the server itself. */
  readonly client: Client;
  /** Says who may approve and sign certificates. */
  readonly authorizer: Authorizer;
  readonly types: ResourceTypes;
  /** Names of plugins that are off unless wanted: OwnerReferencesPermissionEnforcement. */
  readonly enable?: readonly string[];
  /** Names of plugins to do without. ServiceAccount where no controller makes the default accounts of namespaces. */
  readonly disable?: readonly string[];
}

const OFF_BY_DEFAULT: ReadonlySet<string> = new Set(['OwnerReferencesPermissionEnforcement']);
/** Upstream has these in the kinds' own rules, which nobody can switch off. */
const ALWAYS_ON: ReadonlySet<string> = new Set(['DeviceAdminAccess', 'ResourceClaimRights']);

/** The built-in plugins, in upstream's order: those before the webhooks and policies, and those after them. */
export function builtinPlugins(options: BuiltinOptions): { first: AdmissionPlugin[]; last: AdmissionPlugin[] } {
  const { objects, client, authorizer, types, enable = [], disable = [] } = options;
  const isWanted = ({ name }: AdmissionPlugin) =>
    (!disable.includes(name) || ALWAYS_ON.has(name)) && (!OFF_BY_DEFAULT.has(name) || enable.includes(name));
  const first = [
    namespaceLifecycle(objects, client),
    limitRanger(objects),
    serviceAccountPlugin(objects, client),
    taintNewNodes,
    podSecurity(objects, client),
    priorityPlugin(objects, client),
    defaultTolerations,
    defaultStorageClass(objects),
    inUseProtection,
    ownerReferences(authorizer, types),
    claimResize(objects),
    runtimeClassPlugin(objects, client),
    certificateApproval(authorizer),
    certificateSigning(authorizer),
    certificateSubjects,
    defaultIngressClass(objects),
    podTopologyLabels(objects),
    adminAccess(objects, client),
    claimRights(authorizer),
  ];
  const last = [resourceQuotaPlugin(objects, client)];
  refuseUnknown([...enable, ...disable], [...first, ...last]);
  return { first: first.filter(isWanted), last: last.filter(isWanted) };
}

/** As upstream refuses to start: a misspelt plugin would go on in silence. */
function refuseUnknown(names: readonly string[], plugins: readonly AdmissionPlugin[]): void {
  const known = plugins.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new HakoError('invalid', `no admission plugin is called ${unknown.join(', ')}; there are ${known.join(', ')}`);
}
