/** The rows of the built-in resources: one folder a group, one file a resource. */
import type { ResourceDefinition } from '../resource.ts';
import { rows as admissionregistration } from './admissionregistration/rows.ts';
import { rows as apiextensions } from './apiextensions/rows.ts';
import { rows as apiregistration } from './apiregistration/rows.ts';
import { rows as apps } from './apps/rows.ts';
import { rows as authentication } from './authentication/rows.ts';
import { rows as authorization } from './authorization/rows.ts';
import { rows as autoscaling } from './autoscaling/rows.ts';
import { rows as batch } from './batch/rows.ts';
import { rows as certificates } from './certificates/rows.ts';
import { rows as coordination } from './coordination/rows.ts';
import { rows as core } from './core/rows.ts';
import { rows as discovery } from './discovery/rows.ts';
import { rows as events } from './events/rows.ts';
import { rows as flowcontrol } from './flowcontrol/rows.ts';
import { rows as networking } from './networking/rows.ts';
import { rows as node } from './node/rows.ts';
import { rows as policy } from './policy/rows.ts';
import { rows as rbac } from './rbac/rows.ts';
import { rows as resource } from './resource/rows.ts';
import { rows as scheduling } from './scheduling/rows.ts';
import { rows as storage } from './storage/rows.ts';

export type { MatchCondition } from './admissionregistration/match-conditions.ts';
export type * from './admissionregistration/policy-types.ts';
export type { AdmissionRule } from './admissionregistration/rules.ts';
export type { Webhook, WebhookConfiguration } from './admissionregistration/webhooks.ts';
export { type CronSchedule, CronSyntaxError, parseCron } from './batch/cron.ts';
export type { PodFailurePolicyRule } from './batch/job-types.ts';
export type { CertificateSigningRequest } from './certificates/types.ts';
export type { LimitRange, LimitRangeItem } from './core/limit-ranges.ts';
export type {
  Affinity,
  Container,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  PodAffinityTerm,
  PodSpec,
  PodTemplateSpec,
  Toleration,
  TopologySpreadConstraint,
  Volume,
} from './core/pod-spec/mod.ts';
// What admission, scheduler and controllers ask of pods, services and resources.
export { aggregateResources, isSidecar } from './core/pod-spec/mod.ts';
export { type QosClass, qosClassOf } from './core/pods/qos.ts';
export type { Pod, PodStatus } from './core/pods/types.ts';
export { isExtendedResource, isHugePages, isNativeResource, isStandardQuotaResource } from './core/resource-names.ts';
export type { ResourceQuota, ScopedResourceSelectorRequirement } from './core/resource-quotas.ts';
export { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePorts } from './core/services/needs.ts';
export type { Service, ServicePort, ServiceSpec } from './core/services/types.ts';
export type { DeviceClaim, ResourceClaim, ResourceClaimStatus, ResourceClaimTemplate } from './resource/types.ts';
export type { WebhookClient } from './webhook-client.ts';

let all: readonly ResourceDefinition[] | undefined;

/** Every built-in resource, group by group, core first. The same array each time. */
export function builtinResources(): readonly ResourceDefinition[] {
  all ??= [
    ...core,
    ...admissionregistration,
    ...apiextensions,
    ...apiregistration,
    ...apps,
    ...authentication,
    ...authorization,
    ...autoscaling,
    ...batch,
    ...certificates,
    ...coordination,
    ...discovery,
    ...events,
    ...flowcontrol,
    ...networking,
    ...node,
    ...policy,
    ...rbac,
    ...resource,
    ...scheduling,
    ...storage,
  ];
  return all;
}

export { withValidation } from './with-validation.ts';
