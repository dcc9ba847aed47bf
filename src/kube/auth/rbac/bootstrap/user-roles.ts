import { EVENT_GROUPS, EVENTS, paths, READ, READ_WRITE, type RoleRow, rule, WRITE } from './rule.ts';

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';

/** Roles for people: cluster-admin, admin, edit and view with what they are made of, and what everybody may. */
export function userRoles(): RoleRow[] {
  return [
    { name: 'cluster-admin', rules: [rule('*', '*', '*'), paths('*', '*')] },
    { name: 'admin', rules: [], aggregates: `${AGGREGATE}admin` },
    { name: 'edit', rules: [], aggregates: `${AGGREGATE}edit`, labels: { [`${AGGREGATE}admin`]: 'true' } },
    { name: 'view', rules: [], aggregates: `${AGGREGATE}view`, labels: { [`${AGGREGATE}edit`]: 'true' } },
    {
      name: 'system:aggregate-to-admin',
      labels: { [`${AGGREGATE}admin`]: 'true' },
      rules: [
        rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
        rule(READ_WRITE, 'rbac.authorization.k8s.io', 'roles rolebindings'),
      ],
    },
    { name: 'system:aggregate-to-edit', labels: { [`${AGGREGATE}edit`]: 'true' }, rules: editRules() },
    { name: 'system:aggregate-to-view', labels: { [`${AGGREGATE}view`]: 'true' }, rules: viewRules() },
    {
      name: 'system:discovery',
      rules: [paths('get', '/livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*')],
    },
    { name: 'system:public-info-viewer', rules: [paths('get', '/livez /readyz /healthz /version /version/')] },
    {
      name: 'system:basic-user',
      rules: [
        rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
        rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
      ],
    },
    {
      name: 'system:monitoring',
      rules: [
        paths('get', '/metrics /metrics/slis /livez /readyz /healthz /livez/* /readyz/* /healthz/* /flagz /statusz'),
        rule('get', '', 'nodes/metrics'),
      ],
    },
    {
      name: 'system:service-account-issuer-discovery',
      rules: [
        paths(
          'get',
          '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
        ),
      ],
    },
  ];
}

function editRules() {
  return [
    rule(READ, '', 'pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy'),
    rule('impersonate', '', 'serviceaccounts'),
    rule(WRITE, '', 'pods pods/attach pods/proxy pods/exec pods/portforward'),
    rule('create', '', 'pods/eviction'),
    rule(
      WRITE,
      '',
      `replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims
       configmaps secrets`,
    ),
    rule('create', '', 'serviceaccounts/token'),
    rule(WRITE, EVENT_GROUPS, 'events'),
    rule(
      WRITE,
      'apps',
      `statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets
       replicasets/scale`,
    ),
    rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
    rule(WRITE, 'batch', 'jobs cronjobs'),
    rule(
      WRITE,
      'extensions',
      `daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale
       replicationcontrollers/scale networkpolicies`,
    ),
    rule(WRITE, 'policy', 'poddisruptionbudgets'),
    rule(WRITE, 'networking.k8s.io', 'networkpolicies ingresses'),
    rule(READ_WRITE, 'coordination.k8s.io', 'leases'),
    rule(WRITE, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
  ];
}

function viewRules() {
  return [
    rule(
      READ,
      '',
      `pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints
       persistentvolumeclaims persistentvolumeclaims/status configmaps`,
    ),
    rule(
      READ,
      '',
      `limitranges resourcequotas bindings pods/status resourcequotas/status namespaces/status
       replicationcontrollers/status pods/log`,
    ),
    rule(READ, '', 'namespaces'),
    rule(READ, EVENT_GROUPS, 'events'),
    rule(READ, 'discovery.k8s.io', 'endpointslices'),
    rule(
      READ,
      'apps',
      `controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments
       deployments/status deployments/scale replicasets replicasets/status replicasets/scale`,
    ),
    rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
    rule(READ, 'batch', 'jobs cronjobs cronjobs/status jobs/status'),
    rule(
      READ,
      'extensions',
      `daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets
       replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies`,
    ),
    rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
    rule(READ, 'networking.k8s.io', 'networkpolicies ingresses ingresses/status'),
    rule(READ, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'),
  ];
}

/** Roles for those who ask on behalf of others, sign, and provision. */
export function helperRoles(): RoleRow[] {
  return [
    {
      name: 'system:auth-delegator',
      rules: [
        rule('create', 'authentication.k8s.io', 'tokenreviews'),
        rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      ],
    },
    {
      name: 'system:heapster',
      rules: [rule(READ, '', 'events namespaces nodes pods'), rule(READ, 'extensions', 'deployments')],
    },
    { name: 'system:kube-aggregator', rules: [rule(READ, '', 'services endpoints')] },
    { name: 'system:kube-dns', rules: [rule('list watch', '', 'endpoints services')] },
    {
      name: 'system:persistent-volume-provisioner',
      rules: [
        rule(`${READ} create delete`, '', 'persistentvolumes'),
        rule(`${READ} update`, '', 'persistentvolumeclaims'),
        rule(READ, 'storage.k8s.io', 'storageclasses'),
        rule('watch', '', 'events'),
        EVENTS,
      ],
    },
    {
      name: 'system:volume-scheduler',
      rules: [
        rule(`${READ} patch update`, '', 'persistentvolumes'),
        rule(READ, 'storage.k8s.io', 'storageclasses'),
        rule(`${READ} patch update`, '', 'persistentvolumeclaims'),
      ],
    },
    ...['kubelet-serving', 'kube-apiserver-client', 'kube-apiserver-client-kubelet', 'legacy-unknown'].map(
      (signer) => ({
        name: `system:certificates.k8s.io:${signer}-approver`,
        rules: [rule('approve', 'certificates.k8s.io', 'signers', `kubernetes.io/${signer}`)],
      }),
    ),
    ...['nodeclient', 'selfnodeclient'].map((kind) => ({
      name: `system:certificates.k8s.io:certificatesigningrequests:${kind}`,
      rules: [rule('create', 'certificates.k8s.io', `certificatesigningrequests/${kind}`)],
    })),
  ];
}
