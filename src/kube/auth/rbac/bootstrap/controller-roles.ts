import type { PolicyRule } from '../types.ts';
import { EVENTS, READ, type RoleRow, rule } from './rule.ts';

/** Roles of upstream's controllers, by the service account in kube-system that each is for. */
export function controllerRoles(): RoleRow[] {
  const tables = { ...workloads(), ...services(), ...volumes(), ...cluster() };
  return Object.entries(tables).map(([name, rules]) => ({ name: `system:controller:${name}`, rules }));
}

type Table = Readonly<Record<string, readonly PolicyRule[]>>;

/** Long on purpose, as the others: one table, to be read beside upstream's. */
function workloads(): Table {
  const both = 'apps extensions';
  const podControl = rule('create delete list patch watch', '', 'pods');
  return {
    'cronjob-controller': [
      rule(`${READ} update`, 'batch', 'cronjobs'),
      rule(`${READ} create update delete patch`, 'batch', 'jobs'),
      rule('update', 'batch', 'cronjobs/status'),
      rule('update', 'batch', 'cronjobs/finalizers'),
      rule('list watch delete', '', 'pods'),
      EVENTS,
    ],
    'daemon-set-controller': [
      rule(READ, both, 'daemonsets'),
      rule('update', both, 'daemonsets/status'),
      rule('update', both, 'daemonsets/finalizers'),
      rule('list watch', '', 'nodes'),
      podControl,
      rule('create', '', 'pods/binding'),
      rule(`${READ} create delete update patch`, 'apps', 'controllerrevisions'),
      EVENTS,
    ],
    'deployment-controller': [
      rule(`${READ} update`, both, 'deployments'),
      rule('update', both, 'deployments/status'),
      rule('update', both, 'deployments/finalizers'),
      rule(`${READ} create update patch delete`, both, 'replicasets'),
      rule(`${READ} update`, '', 'pods'),
      EVENTS,
    ],
    'disruption-controller': [
      rule(READ, both, 'deployments'),
      rule(READ, both, 'replicasets'),
      rule(READ, '', 'replicationcontrollers'),
      rule(READ, 'policy', 'poddisruptionbudgets'),
      rule(READ, 'apps', 'statefulsets'),
      rule('update', 'policy', 'poddisruptionbudgets/status'),
      rule('patch update', '', 'pods/status'),
      rule('get', '*', '*/scale'),
      EVENTS,
    ],
    'horizontal-pod-autoscaler': [
      rule(READ, 'autoscaling', 'horizontalpodautoscalers'),
      rule('update', 'autoscaling', 'horizontalpodautoscalers/status'),
      rule('get update', '*', '*/scale'),
      rule('list watch', '', 'pods'),
      rule('list watch', 'metrics.k8s.io', 'pods'),
      rule(READ, 'custom.metrics.k8s.io', '*'),
      rule(READ, 'external.metrics.k8s.io', '*'),
      EVENTS,
    ],
    'job-controller': [
      rule(`${READ} update patch`, 'batch', 'jobs'),
      rule('update', 'batch', 'jobs/status'),
      rule('update', 'batch', 'jobs/finalizers'),
      podControl,
      EVENTS,
    ],
    'pod-garbage-collector': [
      rule('list watch delete', '', 'pods'),
      rule(READ, '', 'nodes'),
      rule('patch', '', 'pods/status'),
    ],
    'replicaset-controller': [
      rule(`${READ} update`, both, 'replicasets'),
      rule('update', both, 'replicasets/status'),
      rule('update', both, 'replicasets/finalizers'),
      podControl,
      EVENTS,
    ],
    'replication-controller': [
      rule(`${READ} update`, '', 'replicationcontrollers'),
      rule('update', '', 'replicationcontrollers/status'),
      rule('update', '', 'replicationcontrollers/finalizers'),
      podControl,
      EVENTS,
    ],
    'statefulset-controller': [
      rule('list watch', '', 'pods'),
      rule(READ, 'apps', 'statefulsets'),
      rule('update', 'apps', 'statefulsets/status'),
      rule('update', 'apps', 'statefulsets/finalizers'),
      rule('create delete get patch update', '', 'pods'),
      rule(`${READ} create delete patch update`, 'apps', 'controllerrevisions'),
      rule(`${READ} create`, '', 'persistentvolumeclaims'),
      rule('delete update', '', 'persistentvolumeclaims'),
      rule('update', '', 'pods/finalizers'),
      EVENTS,
    ],
    'ttl-after-finished-controller': [rule(`${READ} delete`, 'batch', 'jobs'), EVENTS],
  };
}

function services(): Table {
  const slices = rule(`${READ} create delete update`, 'discovery.k8s.io', 'endpointslices');
  return {
    'endpoint-controller': [
      rule(READ, '', 'pods services'),
      rule(`${READ} create delete update`, '', 'endpoints'),
      rule('create', '', 'endpoints/restricted'),
      EVENTS,
    ],
    'endpointslice-controller': [
      rule(READ, '', 'nodes pods services'),
      rule('update', '', 'services/finalizers'),
      slices,
      EVENTS,
    ],
    'endpointslicemirroring-controller': [
      rule(READ, '', 'endpoints services'),
      rule('update', '', 'services/finalizers'),
      rule('update', '', 'endpoints/finalizers'),
      slices,
      EVENTS,
    ],
    'route-controller': [rule('list watch', '', 'nodes'), rule('patch', '', 'nodes/status'), EVENTS],
    'service-controller': [
      rule(READ, '', 'services'),
      rule('patch update', '', 'services/status'),
      rule('list watch', '', 'nodes'),
      EVENTS,
    ],
    'service-cidrs-controller': [
      rule(`${READ} patch update`, 'networking.k8s.io', 'servicecidrs'),
      rule('patch update', 'networking.k8s.io', 'servicecidrs/finalizers'),
      rule('patch update', 'networking.k8s.io', 'servicecidrs/status'),
      rule(READ, 'networking.k8s.io', 'ipaddresses'),
      EVENTS,
    ],
  };
}

function volumes(): Table {
  return {
    'attachdetach-controller': [
      rule('list watch', '', 'persistentvolumeclaims persistentvolumes'),
      rule(READ, '', 'nodes'),
      rule('patch update', '', 'nodes/status'),
      rule('list watch', '', 'pods'),
      EVENTS,
      rule(`${READ} create delete`, 'storage.k8s.io', 'volumeattachments'),
      rule(READ, 'storage.k8s.io', 'csidrivers'),
      rule(READ, 'storage.k8s.io', 'csinodes'),
    ],
    'ephemeral-volume-controller': [
      rule(READ, '', 'pods'),
      rule('update', '', 'pods/finalizers'),
      rule(`${READ} create`, '', 'persistentvolumeclaims'),
      EVENTS,
    ],
    'expand-controller': [
      rule(`${READ} patch update`, '', 'persistentvolumes'),
      rule('patch update', '', 'persistentvolumeclaims/status'),
      rule(READ, '', 'persistentvolumeclaims'),
      EVENTS,
    ],
    'persistent-volume-binder': [
      rule(`${READ} create delete update`, '', 'persistentvolumes'),
      rule('update', '', 'persistentvolumes/status'),
      rule(`${READ} update`, '', 'persistentvolumeclaims'),
      rule('update', '', 'persistentvolumeclaims/status'),
      rule(`${READ} create delete`, '', 'pods'),
      rule(READ, 'storage.k8s.io', 'storageclasses'),
      rule('list watch', '', 'nodes'),
      EVENTS,
      rule('watch', '', 'events'),
    ],
    'pv-protection-controller': [rule(`${READ} update`, '', 'persistentvolumes'), EVENTS],
    'pvc-protection-controller': [
      rule(`${READ} update`, '', 'persistentvolumeclaims'),
      rule('update', '', 'persistentvolumeclaims/status'),
      rule(READ, '', 'pods'),
      EVENTS,
    ],
    'volumeattributesclass-protection-controller': [
      rule(READ, '', 'persistentvolumeclaims'),
      rule(READ, '', 'persistentvolumes'),
      rule(`${READ} update`, 'storage.k8s.io', 'volumeattributesclasses'),
      EVENTS,
    ],
    'selinux-warning-controller': [
      EVENTS,
      rule(READ, '', 'persistentvolumes'),
      rule(READ, '', 'persistentvolumeclaims'),
      rule(READ, '', 'pods'),
      rule(READ, 'storage.k8s.io', 'csidrivers'),
    ],
    'resource-claim-controller': [
      rule(READ, '', 'pods'),
      rule('update', '', 'pods/finalizers'),
      rule(`${READ} create delete`, 'resource.k8s.io', 'resourceclaims'),
      rule('patch update', 'resource.k8s.io', 'resourceclaims resourceclaims/status'),
      rule('patch update', 'resource.k8s.io', 'resourceclaims/binding'),
      rule('patch update', '', 'pods/status'),
      EVENTS,
    ],
    'device-taint-eviction-controller': [
      rule(`${READ} delete`, '', 'pods'),
      rule('patch update', '', 'pods/status'),
      rule(READ, 'resource.k8s.io', 'resourceclaims'),
      rule(READ, 'resource.k8s.io', 'resourceslices'),
      rule(READ, 'resource.k8s.io', 'deviceclasses'),
      EVENTS,
    ],
  };
}

function cluster(): Table {
  return {
    'certificate-controller': [
      rule(`${READ} delete`, 'certificates.k8s.io', 'certificatesigningrequests'),
      rule('update', 'certificates.k8s.io', 'certificatesigningrequests/approval certificatesigningrequests/status'),
      rule('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
      rule(
        'sign',
        'certificates.k8s.io',
        'signers',
        `kubernetes.io/legacy-unknown kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet
         kubernetes.io/kubelet-serving`,
      ),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      EVENTS,
    ],
    'clusterrole-aggregation-controller': [
      rule(`${READ} escalate patch update`, 'rbac.authorization.k8s.io', 'clusterroles'),
    ],
    'generic-garbage-collector': [rule(`${READ} delete patch update`, '*', '*'), EVENTS],
    'legacy-service-account-token-cleaner': [
      rule('get', '', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
      rule('delete patch', '', 'secrets'),
    ],
    'namespace-controller': [
      rule(`${READ} delete`, '', 'namespaces'),
      rule('update', '', 'namespaces/finalize namespaces/status'),
      rule(`${READ} delete deletecollection`, '*', '*'),
    ],
    'node-controller': [
      rule(`${READ} delete patch update`, '', 'nodes'),
      rule('patch update', '', 'nodes/status'),
      rule('patch update', '', 'pods/status'),
      rule(`${READ} delete`, '', 'pods'),
      EVENTS,
    ],
    'resourcequota-controller': [rule('list watch', '*', '*'), rule('update', '', 'resourcequotas/status'), EVENTS],
    'root-ca-cert-publisher': [rule('create update', '', 'configmaps'), EVENTS],
    'service-account-controller': [rule('create', '', 'serviceaccounts'), EVENTS],
    'ttl-controller': [rule('list patch update watch', '', 'nodes'), EVENTS],
    'validatingadmissionpolicy-status-controller': [
      rule(READ, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
      rule('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
      EVENTS,
    ],
  };
}
