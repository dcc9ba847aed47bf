/** The least that each resource must say to be accepted. */
type Make = (name: string) => object;

const labels = { app: 'life' };
const containers = [{ name: 'c', image: 'example.org/image' }];
const podTemplate = { metadata: { labels }, spec: { containers } };
const workload = { selector: { matchLabels: labels }, template: podTemplate };
const job = { template: { spec: { containers, restartPolicy: 'Never' } } };
const empty: Make = () => ({});
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const webhook = {
  name: 'hook.example.org',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  failurePolicy: 'Ignore',
  clientConfig: { url: 'https://127.0.0.1:1/' },
  // Nothing that the other scenarios touch.
  rules: [{ apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
};
const matchThings = { resourceRules: [{ ...webhook.rules[0] }] };
const deviceRequest = { name: 'r', exactly: { deviceClassName: 'class' } };

/** A certificate signing request that openssl made: a key of P-256, CN=life. */
const SIGNING_REQUEST = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISk1IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RWJHbG1aVEJaTUJN',
  'R0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSApBMElBQk56WUdCSTRRcGw3eTBCK1k3cm5taWdWRFJUVWxqZWxqSXNjQjhYQ1E0Ynpl',
  'dWhNSmNhbVNpZHpDT2wrClpXZFp3cngrVHNXY2tZNEVtUzc1M3pLeExHdWdBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUVBcldM',
  'UDUxVWEKNFE4ZXdtOWdXMWZ1K3U2S25Ucno2L29Cc2tBRm95dGFIWW9DSUdtZWE0ZkdHYWNiUDdqTHRvblU3Y29ZZkZvbApHY2JG',
  'UGZmSE5rNk04WGU4Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=',
].join('');

/** By plural, or `plural.group/version` where versions differ. */
export const MINIMAL: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['bindings', empty],
  ['configmaps', empty],
  ['endpoints', empty],
  ['events', (name) => ({ metadata: { name }, involvedObject: { namespace: 'life' } })],
  [
    'events.events.k8s.io/v1',
    (name) => ({
      metadata: { name },
      eventTime: '2026-01-01T00:00:00.000000Z',
      action: 'Do',
      reason: 'Because',
      reportingController: 'example.org/tester',
      reportingInstance: 'tester-1',
      type: 'Normal',
      regarding: { namespace: 'life' },
    }),
  ],
  ['limitranges', () => ({ spec: { limits: [] } })],
  ['namespaces', empty],
  ['nodes', empty],
  [
    'persistentvolumeclaims',
    () => ({ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }),
  ],
  [
    'persistentvolumes',
    () => ({ spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/tmp' } } }),
  ],
  ['pods', () => ({ spec: { containers } })],
  ['podtemplates', () => ({ template: podTemplate })],
  ['replicationcontrollers', () => ({ spec: { selector: labels, template: podTemplate } })],
  ['resourcequotas', empty],
  ['secrets', empty],
  ['serviceaccounts', empty],
  ['services', () => ({ spec: { ports: [{ port: 80 }] } })],
  ['mutatingwebhookconfigurations', () => ({ webhooks: [webhook] })],
  ['validatingwebhookconfigurations', () => ({ webhooks: [webhook] })],
  [
    'validatingadmissionpolicies',
    () => ({ spec: { failurePolicy: 'Ignore', matchConstraints: matchThings, validations: [{ expression: 'true' }] } }),
  ],
  ['validatingadmissionpolicybindings', () => ({ spec: { policyName: 'absent', validationActions: ['Deny'] } })],
  [
    'mutatingadmissionpolicies',
    () => ({
      spec: {
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'Never',
        matchConstraints: matchThings,
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
      },
    }),
  ],
  ['mutatingadmissionpolicybindings', () => ({ spec: { policyName: 'absent' } })],
  [
    'customresourcedefinitions',
    (name) => ({
      metadata: { name: `${name}s.life.example.org` },
      spec: {
        group: 'life.example.org',
        scope: 'Namespaced',
        names: { plural: `${name}s`, kind: name === 'one' ? 'One' : 'Two' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    }),
  ],
  [
    'apiservices',
    (name) => ({
      metadata: { name: `v1.${name}.example.org` },
      spec: {
        group: `${name}.example.org`,
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        insecureSkipTLSVerify: true,
        service: { name: 'absent', namespace: 'life' },
      },
    }),
  ],
  ['controllerrevisions', () => ({ revision: 1, data: {} })],
  ['daemonsets', () => ({ spec: workload })],
  ['deployments', () => ({ spec: workload })],
  ['replicasets', () => ({ spec: workload })],
  ['statefulsets', () => ({ spec: { ...workload, serviceName: 's' } })],
  [
    'horizontalpodautoscalers',
    () => ({ spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } } }),
  ],
  ['cronjobs', () => ({ spec: { schedule: '* * * * *', jobTemplate: { spec: job } } })],
  ['jobs', () => ({ spec: job })],
  [
    'certificatesigningrequests',
    () => ({ spec: { request: SIGNING_REQUEST, signerName: 'example.org/signer', usages: ['client auth'] } }),
  ],
  ['clustertrustbundles', empty],
  ['leases', empty],
  [
    'leasecandidates',
    (name) => ({
      metadata: { name },
      spec: {
        leaseName: 'l',
        binaryVersion: '1.0.0',
        strategy: 'OldestEmulationVersion',
        pingTime: '2026-01-01T00:00:00.000000Z',
      },
    }),
  ],
  ['endpointslices', () => ({ addressType: 'IPv4', endpoints: [] })],
  ['flowschemas', () => ({ spec: { priorityLevelConfiguration: { name: 'exempt' } } })],
  [
    'prioritylevelconfigurations',
    () => ({ spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } } }),
  ],
  ['ingressclasses', () => ({ spec: { controller: 'example.org/controller' } })],
  ['ingresses', () => ({ spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } })],
  ['networkpolicies', () => ({ spec: { podSelector: {} } })],
  [
    'ipaddresses',
    (name) => ({
      metadata: { name: name === 'one' ? '192.0.2.1' : '192.0.2.2' },
      spec: { parentRef: { resource: 'services', name: 's', namespace: 'life' } },
    }),
  ],
  ['servicecidrs', (name) => ({ spec: { cidrs: [name === 'one' ? '198.51.100.0/25' : '198.51.100.128/25'] } })],
  ['runtimeclasses', () => ({ handler: 'runc' })],
  ['poddisruptionbudgets', () => ({ spec: { minAvailable: 1, selector: { matchLabels: labels } } })],
  ['clusterroles', () => ({ rules })],
  ['roles', () => ({ rules })],
  [
    'clusterrolebindings',
    () => ({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [] }),
  ],
  [
    'rolebindings',
    () => ({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [] }),
  ],
  ['deviceclasses', () => ({ spec: { selectors: [{ cel: { expression: 'device.driver == "d.example.org"' } }] } })],
  ['resourceclaims', () => ({ spec: { devices: { requests: [deviceRequest] } } })],
  ['resourceclaimtemplates', () => ({ spec: { spec: { devices: { requests: [deviceRequest] } } } })],
  [
    'resourceslices',
    () => ({
      spec: { driver: 'd.example.org', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 } },
    }),
  ],
  ['priorityclasses', () => ({ value: 1 })],
  ['csidrivers', empty],
  ['csinodes', () => ({ spec: { drivers: [] } })],
  ['csistoragecapacities', () => ({ storageClassName: 's' })],
  ['storageclasses', () => ({ provisioner: 'example.org/p' })],
  [
    'volumeattachments',
    () => ({ spec: { attacher: 'd.example.org', nodeName: 'n', source: { persistentVolumeName: 'v' } } }),
  ],
  ['volumeattributesclasses', () => ({ driverName: 'd.example.org', parameters: { a: 'b' } })],
]);

/** `plural verb` that upstream does not serve either. */
export const NOT_SERVED: ReadonlySet<string> = new Set(['namespaces deletecollection']);
