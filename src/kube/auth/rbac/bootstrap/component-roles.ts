import type { PolicyRule } from '../types.ts';
import { EVENTS, READ, READ_WRITE, type RoleRow, rule } from './rule.ts';

/** Roles of the programs of a cluster: scheduler, controller manager, nodes, proxies. */
export function componentRoles(): RoleRow[] {
  return [
    { name: 'system:node', rules: nodeRules() },
    {
      name: 'system:node-proxier',
      rules: [
        rule('list watch', '', 'services endpoints'),
        rule(READ, '', 'nodes'),
        EVENTS,
        rule('list watch', 'discovery.k8s.io', 'endpointslices'),
        rule('list watch', 'networking.k8s.io', 'servicecidrs'),
      ],
    },
    {
      name: 'system:node-bootstrapper',
      rules: [rule(`${READ} create`, 'certificates.k8s.io', 'certificatesigningrequests')],
    },
    {
      name: 'system:node-problem-detector',
      rules: [rule('get', '', 'nodes'), rule('patch', '', 'nodes/status'), EVENTS],
    },
    {
      name: 'system:kubelet-api-admin',
      rules: [
        rule(READ, '', 'nodes'),
        rule('proxy', '', 'nodes'),
        rule('*', '', 'nodes/proxy nodes/metrics nodes/stats nodes/log nodes/configz nodes/healthz nodes/pods'),
      ],
    },
    { name: 'system:kube-scheduler', rules: schedulerRules() },
    {
      name: 'system:kube-controller-manager',
      rules: [
        EVENTS,
        rule('create', 'coordination.k8s.io', 'leases'),
        rule('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
        rule('create', '', 'secrets serviceaccounts'),
        rule('delete', '', 'secrets'),
        rule('get', '', 'namespaces secrets serviceaccounts configmaps'),
        rule('update', '', 'secrets serviceaccounts'),
        rule('create', 'authentication.k8s.io', 'tokenreviews'),
        rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
        rule('list watch', '*', '*'),
        rule('create', '', 'serviceaccounts/token'),
      ],
    },
  ];
}

/** What a kubelet may; the Node authorizer limits most of it to what runs on that node. */
export function nodeRules(): PolicyRule[] {
  return [
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews localsubjectaccessreviews'),
    rule(READ, '', 'services'),
    rule(`${READ} create`, '', 'nodes'),
    rule('patch update', '', 'nodes/status'),
    rule('patch update', '', 'nodes'),
    EVENTS,
    rule(READ, '', 'pods'),
    rule('create delete', '', 'pods'),
    rule('patch update', '', 'pods/status'),
    rule('create', '', 'pods/eviction'),
    rule(READ, '', 'secrets configmaps'),
    rule('get', '', 'persistentvolumeclaims persistentvolumes'),
    rule('get', '', 'endpoints'),
    rule(`${READ} create`, 'certificates.k8s.io', 'certificatesigningrequests'),
    rule('create delete get patch update', 'coordination.k8s.io', 'leases'),
    rule('get', 'storage.k8s.io', 'volumeattachments'),
    rule('get patch update', '', 'persistentvolumeclaims/status'),
    rule('create', '', 'serviceaccounts/token'),
    rule('get', '', 'serviceaccounts'),
    rule(READ, 'storage.k8s.io', 'csidrivers'),
    rule('create delete get patch update', 'storage.k8s.io', 'csinodes'),
    rule(READ, 'node.k8s.io', 'runtimeclasses'),
    rule('get', 'resource.k8s.io', 'resourceclaims'),
    rule('deletecollection', 'resource.k8s.io', 'resourceslices'),
  ];
}

function schedulerRules(): PolicyRule[] {
  return [
    EVENTS,
    rule('create', 'coordination.k8s.io', 'leases'),
    rule(`${READ} update`, 'coordination.k8s.io', 'leases', 'kube-scheduler'),
    rule(READ_WRITE, 'coordination.k8s.io', 'leasecandidates'),
    rule(READ, '', 'nodes'),
    rule(`${READ} delete`, '', 'pods'),
    rule('create', '', 'pods/binding bindings'),
    rule('patch update', '', 'pods/status'),
    rule(READ, '', 'services replicationcontrollers'),
    rule(READ, 'apps extensions', 'replicasets'),
    rule(READ, 'apps', 'statefulsets'),
    rule(READ, 'policy', 'poddisruptionbudgets'),
    rule(READ, '', 'persistentvolumeclaims persistentvolumes'),
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    rule(READ, 'storage.k8s.io', 'csinodes'),
    rule(READ, '', 'namespaces'),
    rule(READ, 'storage.k8s.io', 'csidrivers'),
    rule(READ, 'storage.k8s.io', 'csistoragecapacities'),
    rule(READ, 'storage.k8s.io', 'volumeattachments'),
    rule(READ, 'resource.k8s.io', 'deviceclasses'),
    rule(`${READ} patch update`, 'resource.k8s.io', 'resourceclaims'),
    rule(`${READ} patch update`, 'resource.k8s.io', 'resourceclaims/status'),
    rule('update', '', 'pods/finalizers'),
    rule(READ, 'resource.k8s.io', 'resourceslices'),
    rule('create delete', 'resource.k8s.io', 'resourceclaims'),
    rule('patch update', 'resource.k8s.io', 'resourceclaims/binding'),
  ];
}
