/** Long on purpose: one table of everything that can be wrong with a pod, beside what is said of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors, SPEC } from '../../../../values/mod.ts';
import { setPodSpecDefaults } from '../defaults.ts';
import type { Container, PodSpec } from '../types.ts';
import { validatePodSpec } from './pod-spec.ts';

const CONTAINER: Container = { name: 'a', image: 'busybox:1' };

function said(spec: PodSpec, options = { isPod: true, podName: 'web' }): string[] {
  const copy = structuredClone(spec);
  setPodSpecDefaults(copy);
  const errors = new FieldErrors();
  validatePodSpec(copy, SPEC, errors, options);
  return errors.list.map(({ field, message }) => `${field}: ${message}`);
}

/** What is said of a spec with one container that has these fields. */
function saidOfContainer(fields: Container, spec: PodSpec = {}): string[] {
  return said({ ...spec, containers: [{ ...CONTAINER, ...fields }] });
}

/** What is said of a sound spec with these fields. */
function saidOfSpec(fields: PodSpec): string[] {
  return said({ containers: [CONTAINER], ...fields });
}

type Case = readonly [title: string, said: () => string[], expected: readonly string[]];

const LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'";

const SPEC_CASES: readonly Case[] = [
  ['nothing but a container', () => saidOfSpec({}), []],
  ['no containers', () => said({}), ['spec.containers: Required value']],
  [
    'two containers of a name',
    () => said({ containers: [CONTAINER, CONTAINER] }),
    ['spec.containers[1].name: Duplicate value: "a"'],
  ],
  [
    'an unknown restart policy',
    () => saidOfSpec({ restartPolicy: 'Sometimes' }),
    ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
  ],
  [
    'an unknown DNS policy',
    () => saidOfSpec({ dnsPolicy: 'x' }),
    [
      'spec.dnsPolicy: Unsupported value: "x": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ],
  ],
  [
    'DNS policy None without servers',
    () => saidOfSpec({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'bad DNS servers and searches',
    () =>
      saidOfSpec({
        dnsConfig: { nameservers: ['x', '1.1.1.1', '2.2.2.2', '3.3.3.3'], options: [{}], searches: ['.'] },
      }),
    [
      'spec.dnsConfig.nameservers: Invalid value: ["x","1.1.1.1","2.2.2.2","3.3.3.3"]: must not have more than 3 nameservers',
      'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.dnsConfig.options[0]: Required value: must not be empty',
    ],
  ],
  [
    'a deadline of zero',
    () => saidOfSpec({ activeDeadlineSeconds: 0 }),
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  [
    'host names that are none',
    () => saidOfSpec({ hostname: 'a.b', subdomain: 'c.d' }),
    [
      'spec.hostname: Invalid value: "a.b": must not contain dots',
      'spec.subdomain: Invalid value: "c.d": must not contain dots',
    ],
  ],
  [
    'sharing processes and those of the host',
    () => saidOfSpec({ shareProcessNamespace: true, hostPID: true }),
    [
      'spec.securityContext.shareProcessNamespace: Invalid value: true: ' +
        'ShareProcessNamespace and HostPID cannot both be enabled',
    ],
  ],
  [
    'a user namespace with host namespaces',
    () => saidOfSpec({ hostUsers: false, hostNetwork: true, hostPID: true, hostIPC: true }),
    [
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
      'spec.HostPID: Forbidden: when `hostUsers` is false',
      'spec.HostIPC: Forbidden: when `hostUsers` is false',
    ],
  ],
  [
    'host aliases',
    () => saidOfSpec({ hostAliases: [{ ip: 'x', hostnames: ['ok.example'] }] }),
    ['spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  [
    'a node selector that is none',
    () => saidOfSpec({ nodeSelector: { 'a/b/c': 'd' } }).map((text) => text.slice(0, 48)),
    ['spec.nodeSelector: Invalid value: "a/b/c": a val'],
  ],
  [
    'gates twice',
    () => saidOfSpec({ schedulingGates: [{ name: 'a/b' }, { name: 'a/b' }] }),
    ['spec.schedulingGates[1]: Duplicate value: "a/b"'],
  ],
  [
    'an unknown preemption policy',
    () => saidOfSpec({ preemptionPolicy: 'x' }),
    ['spec.preemptionPolicy: Unsupported value: "x": supported values: "PreemptLowerPriority", "Never"'],
  ],
  [
    'an unknown operating system',
    () => saidOfSpec({ os: { name: 'plan9' } }),
    ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
  ],
  [
    'a Windows pod with what Linux knows',
    () => saidOfSpec({ os: { name: 'windows' }, securityContext: { runAsUser: 1 }, hostPID: true }),
    [
      'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
      'spec.hostPID: Forbidden: cannot be set for a windows pod',
    ],
  ],
  [
    'claims of resources',
    () => saidOfSpec({ resourceClaims: [{ name: 'x' }, { name: 'x', resourceClaimName: 'y' }] }),
    [
      'spec.resourceClaims[0]: Invalid value: {"name":"x"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      'spec.resourceClaims[1].name: Duplicate value: "x"',
    ],
  ],
  [
    'overhead of a resource that is none',
    () => saidOfSpec({ overhead: { disk: '1' } }).slice(0, 1),
    ['spec.overhead.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified'],
  ],
];

const CONTAINER_CASES: readonly Case[] = [
  [
    'no name and no image',
    () => saidOfContainer({ name: '', image: '' }),
    ['spec.containers[0].name: Required value', 'spec.containers[0].image: Required value'],
  ],
  [
    'an image with blanks around',
    () => saidOfContainer({ image: ' busybox ' }),
    ['spec.containers[0].image: Invalid value: " busybox ": must not have leading or trailing whitespace'],
  ],
  [
    'a name that is no label',
    () => saidOfContainer({ name: 'A_b' }).map((text) => text.split(', and must')[0] ?? ''),
    [`spec.containers[0].name: Invalid value: "A_b": ${LABEL}`],
  ],
  [
    'ports',
    () =>
      saidOfContainer({
        ports: [
          { name: 'http', containerPort: 80 },
          { name: 'http', containerPort: 0 },
          { containerPort: 70000, hostPort: -1, protocol: 'ICMP' },
        ],
      }),
    [
      'spec.containers[0].ports[1].name: Duplicate value: "http"',
      'spec.containers[0].ports[1].containerPort: Required value',
      'spec.containers[0].ports[2].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.containers[0].ports[2].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive',
      'spec.containers[0].ports[2].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  [
    'a host port taken twice',
    () =>
      said({
        containers: [
          { ...CONTAINER, ports: [{ containerPort: 80, hostPort: 80 }] },
          { ...CONTAINER, name: 'b', ports: [{ containerPort: 81, hostPort: 80 }] },
        ],
      }),
    ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
  ],
  [
    'a host port that is not the port, on the host network',
    () => saidOfContainer({ ports: [{ containerPort: 80, hostPort: 81 }] }, { hostNetwork: true }),
    ['spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true'],
  ],
  [
    'environment without a source, with two, and with a value too',
    () =>
      saidOfContainer({
        env: [
          { name: '', value: 'x' },
          { name: 'A=B' },
          { name: 'C', valueFrom: {} },
          {
            name: 'D',
            valueFrom: { secretKeyRef: { name: 's', key: 'k' }, configMapKeyRef: { name: 'c', key: '' } },
          },
          { name: 'E', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'F', valueFrom: { fieldRef: { fieldPath: 'metadata.whoops' } } },
          { name: 'G', valueFrom: { fieldRef: { fieldPath: 'spec.restartPolicy' } } },
          { name: 'H', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a b']" } } },
          { name: 'I', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['A.b/c']" } } },
          { name: 'J', valueFrom: { resourceFieldRef: { resource: 'limits.disk' } } },
          { name: 'K', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1Mi' } } },
          { name: 'L', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
          { name: 'M', valueFrom: { fieldRef: { fieldPath: 'spec.host' } } },
        ],
      }).map((text) =>
        text.replace(/: name part.*/, ': name part …').replace(/supported values: .*/, 'supported values: …'),
      ),
    [
      'spec.containers[0].env[0].name: Required value',
      'spec.containers[0].env[1].name: Invalid value: "A=B": a valid environment variable name must consist only of ' +
        "printable ASCII characters other than '='",
      'spec.containers[0].env[2].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, ' +
        '`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      'spec.containers[0].env[3].valueFrom.configMapKeyRef.key: Required value',
      'spec.containers[0].env[3].valueFrom: Invalid value: "": may not have more than one field specified at a time',
      'spec.containers[0].env[4].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      'spec.containers[0].env[5].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.whoops": error converting ' +
        'fieldPath: field label not supported: metadata.whoops',
      'spec.containers[0].env[6].valueFrom.fieldRef.fieldPath: Unsupported value: "spec.restartPolicy": supported values: …',
      'spec.containers[0].env[7].valueFrom.fieldRef: Invalid value: "a b": name part …',
      'spec.containers[0].env[9].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.disk": supported values: …',
      'spec.containers[0].env[10].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m ' +
        'and 1 are supported with the cpu resource',
    ],
  ],
  [
    'envFrom without a source',
    () => saidOfContainer({ envFrom: [{}, { prefix: 'P_', configMapRef: { name: 'ok' } }] }),
    ['spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
  ],
  [
    'more asked for than allowed',
    () =>
      saidOfContainer({ resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } } }),
    ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
  ],
  [
    'amounts that are none',
    () => saidOfContainer({ resources: { limits: { cpu: '-1', memory: 'much' } } }),
    [
      'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.containers[0].resources.limits[memory]: Invalid value: "much": quantities must match the regular expression ' +
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ],
  [
    'resources that are none',
    () => saidOfContainer({ resources: { limits: { disk: '1', pods: '1', 'requests.example.com/x': '1' } } }),
    [
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
      'spec.containers[0].resources.limits[pods]: Invalid value: "pods": must be a standard resource for containers',
      'spec.containers[0].resources.limits[requests.example.com/x]: Invalid value: "requests.example.com/x": ' +
        "doesn't follow extended resource name standard",
    ],
  ],
  [
    'devices in fractions, more than the limit, and without one',
    () =>
      saidOfContainer({
        resources: {
          requests: { 'example.com/a': '1', 'example.com/b': '1' },
          limits: { 'example.com/b': '2', 'example.com/c': '500m' },
        },
      }),
    [
      'spec.containers[0].resources.limits[example.com/c]: Invalid value: "500m": must be an integer',
      'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
      'spec.containers[0].resources.requests: Invalid value: "1": must be equal to example.com/b limit of 2',
    ],
  ],
  [
    'huge pages alone, and not in whole pages',
    () => saidOfContainer({ resources: { limits: { 'hugepages-2Mi': '3Mi' }, requests: { 'hugepages-2Mi': '3Mi' } } }),
    [
      'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
    ],
  ],
  [
    'a claim that the pod has not',
    () => saidOfContainer({ resources: { claims: [{ name: 'x' }] } }),
    [
      'spec.containers[0].resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty',
    ],
  ],
  [
    'probes',
    () =>
      saidOfContainer({
        livenessProbe: { successThreshold: 2, httpGet: { port: 80 } },
        readinessProbe: { terminationGracePeriodSeconds: 1, tcpSocket: { port: 0 } },
        startupProbe: { exec: {}, periodSeconds: -1 },
      }),
    [
      'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
      'spec.containers[0].readinessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes',
      'spec.containers[0].startupProbe.exec.command: Required value',
      'spec.containers[0].startupProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  [
    'a probe with two handlers, and one with none',
    () =>
      saidOfContainer({
        livenessProbe: { exec: { command: ['a'] }, grpc: { port: 1 } },
        readinessProbe: {},
      }),
    [
      'spec.containers[0].livenessProbe.grpc: Forbidden: may not specify more than 1 handler type',
      'spec.containers[0].readinessProbe: Required value: must specify a handler type',
    ],
  ],
  [
    'a hook that sleeps too long',
    () =>
      saidOfContainer({
        lifecycle: { preStop: { sleep: { seconds: 31 } }, postStart: { httpGet: { port: 'http', scheme: 'FTP' } } },
      }),
    [
      'spec.containers[0].lifecycle.postStart.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
      'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than ' +
        'terminationGracePeriodSeconds (30)',
    ],
  ],
  [
    'pull policies and message policies',
    () => saidOfContainer({ imagePullPolicy: 'Maybe', terminationMessagePolicy: 'Mail' }),
    [
      'spec.containers[0].terminationMessagePolicy: Unsupported value: "Mail": supported values: "File", "FallbackToLogsOnError"',
      'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ],
  [
    'a security context that contradicts itself',
    () =>
      saidOfContainer({
        securityContext: { privileged: true, allowPrivilegeEscalation: false, runAsUser: -1, procMount: 'Unmasked' },
      }).map((text) => text.replace(/\{.*\}/, '{…}')),
    [
      'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
      'spec.containers[0].securityContext: Invalid value: {…}: cannot set `allowPrivilegeEscalation` to false and ' +
        '`privileged` to true',
    ],
  ],
  [
    'profiles',
    () =>
      saidOfContainer({
        securityContext: {
          seccompProfile: { type: 'Localhost' },
          appArmorProfile: { type: 'RuntimeDefault', localhostProfile: 'x' },
        },
      }),
    [
      'spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      'spec.containers[0].securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor ' +
        'type is Localhost',
    ],
  ],
  [
    'sysctls',
    () =>
      saidOfSpec({
        hostNetwork: true,
        securityContext: {
          sysctls: [{ name: 'net.core.somaxconn', value: '1' }, { name: 'A', value: '1' }, { name: '' }],
        },
      }).map((text) => text.replace(/and match regex.*/, 'and match regex …')),
    [
      'spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when \'hostNetwork\' is true',
      'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex …',
      'spec.securityContext.sysctls[2].name: Required value',
    ],
  ],
  [
    'resize policies',
    () =>
      saidOfContainer(
        { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }, { resourceName: 'disk' }] },
        { restartPolicy: 'Never' },
      ),
    [
      "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'",
      'spec.containers[0].resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
      'spec.containers[0].resizePolicy: Required value',
      "spec.containers[0].resizePolicy: Invalid value: \"\": must be 'NotRequired' when pod `restartPolicy` is 'Never'",
    ],
  ],
  [
    'restart rules without a policy',
    () => saidOfContainer({ restartPolicyRules: [{ action: 'Restart' }] }),
    [
      'spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used',
      'spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified',
    ],
  ],
];

const OTHER_CONTAINER_CASES: readonly Case[] = [
  [
    'an init container with a probe and the name of another',
    () => saidOfSpec({ initContainers: [{ ...CONTAINER, livenessProbe: { exec: { command: ['a'] } } }] }),
    [
      'spec.initContainers[0].name: Duplicate value: "a"',
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'a sidecar with a probe',
    () =>
      saidOfSpec({
        initContainers: [
          { ...CONTAINER, name: 'b', restartPolicy: 'Always', startupProbe: { exec: { command: ['a'] } } },
        ],
      }),
    [],
  ],
  [
    'ephemeral containers with what they must not have',
    () =>
      saidOfSpec({
        ephemeralContainers: [
          { ...CONTAINER, name: 'debug', targetContainerName: 'z', ports: [{ containerPort: 1 }], lifecycle: {} },
          { ...CONTAINER },
        ],
      }),
    [
      'spec.ephemeralContainers[0].targetContainerName: Not found: "z"',
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers[1].name: Duplicate value: "a"',
    ],
  ],
];

const VOLUME_CASES: readonly Case[] = [
  [
    'mounts of volumes that are not there, twice in one place',
    () =>
      saidOfContainer(
        {
          volumeMounts: [
            { name: 'gone', mountPath: '/a' },
            { name: 'v', mountPath: '/a' },
            { name: 'v', mountPath: '', subPath: '../x' },
          ],
        },
        { volumes: [{ name: 'v' }] },
      ),
    [
      'spec.containers[0].volumeMounts[0].name: Not found: "gone"',
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
      'spec.containers[0].volumeMounts[2].mountPath: Required value',
      'spec.containers[0].volumeMounts.subPath: Invalid value: "../x": must not contain \'..\'',
    ],
  ],
  [
    'mount propagation without privileges',
    () =>
      saidOfContainer(
        { volumeMounts: [{ name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }] },
        { volumes: [{ name: 'v' }] },
      ),
    [
      'spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to ' +
        'privileged containers',
    ],
  ],
  [
    'a block device of a volume that is none',
    () => saidOfContainer({ volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] }, { volumes: [{ name: 'v' }] }),
    [
      'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim ' +
        'or Ephemeral for block mode',
    ],
  ],
  [
    'volumes with two sources, with none that is known, and of one name',
    () =>
      saidOfSpec({
        volumes: [
          { name: 'a', emptyDir: {}, secret: { secretName: 's' } },
          { name: 'b', hostPath: { path: '/' }, nfs: { server: 'x', path: '/' } },
          { name: 'c', emptyDir: {} },
          { name: 'c', emptyDir: {} },
          { emptyDir: {} },
        ],
      }),
    [
      'spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].nfs: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[3].name: Duplicate value: "c"',
      'spec.volumes[4].name: Required value',
    ],
  ],
  [
    'sources without what they need',
    () =>
      saidOfSpec({
        volumes: [
          { name: 'a', secret: {} },
          { name: 'b', configMap: { items: [{ key: '', path: '/abs' }] } },
          { name: 'c', persistentVolumeClaim: {} },
          { name: 'd', hostPath: { path: '/a/../b', type: 'Pipe' } },
          { name: 'e', nfs: { server: 's', path: 'rel' } },
          { name: 'f', csi: { driver: '' } },
          { name: 'g', emptyDir: { sizeLimit: '-1' } },
          { name: 'h', image: {} },
          { name: 'i', iscsi: { targetPortal: 'p', iqn: 'x', lun: 256 } },
          { name: 'j', gcePersistentDisk: {} },
        ],
      }).map((text) => text.replace(/a lowercase RFC 1123 subdomain.*/, '…').replace(/supported values: .*/, '…')),
    [
      'spec.volumes[0].secret.secretName: Required value',
      'spec.volumes[1].configMap.name: Required value',
      'spec.volumes[1].configMap.items[0].key: Required value',
      'spec.volumes[1].configMap.items[0].path: Invalid value: "/abs": must be a relative path',
      'spec.volumes[2].persistentVolumeClaim.claimName: Required value',
      'spec.volumes[3].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
      'spec.volumes[3].hostPath.type: Unsupported value: "Pipe": …',
      'spec.volumes[4].nfs.path: Invalid value: "rel": must be an absolute path',
      'spec.volumes[5].csi.driver: Required value',
      'spec.volumes[5].csi.driver: Invalid value: "": …',
      'spec.volumes[6].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity',
      'spec.volumes[7].image.reference: Required value',
      'spec.volumes[8].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
      'spec.volumes[8].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
      'spec.volumes[9].persistentDisk.pdName: Required value',
    ],
  ],
  [
    'projected volumes that write one file twice, and short-lived tokens',
    () =>
      saidOfSpec({
        volumes: [
          {
            name: 'a',
            projected: {
              defaultMode: 0o1000,
              sources: [
                { secret: { name: 's', items: [{ key: 'k', path: 'f' }] } },
                { configMap: { name: 'c', items: [{ key: 'k', path: 'f' }] } },
                { serviceAccountToken: { path: 't', expirationSeconds: 599 } },
                { secret: { name: 's' }, configMap: { name: 'c' } },
              ],
            },
          },
        ],
      }),
    [
      'spec.volumes[0].projected.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths',
      'spec.volumes[0].projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a ' +
        'duration less than 10 minutes',
      'spec.volumes[0].projected.sources[3]: Forbidden: may not specify more than 1 volume type per source',
    ],
  ],
  [
    'an ephemeral volume without a size, and a claim on what it makes',
    () =>
      saidOfSpec({
        volumes: [
          { name: 'v', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } },
          { name: 'w', persistentVolumeClaim: { claimName: 'web-v' } },
        ],
      }),
    [
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value',
      'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "web-v": must not reference a PVC that gets created for ' +
        'an ephemeral volume',
    ],
  ],
];

const SCHEDULING_CASES: readonly Case[] = [
  [
    'tolerations',
    () =>
      saidOfSpec({
        tolerations: [
          { operator: 'Equal' },
          { key: 'a', operator: 'Exists', value: 'b' },
          { key: 'a', operator: 'Near' },
          { key: 'a', effect: 'Never' },
          { key: 'a', tolerationSeconds: 1 },
          { operator: 'Exists' },
        ],
      }),
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match ' +
        'all values and all keys"',
      'spec.tolerations[1].operator: Invalid value: "b": value must be empty when `operator` is \'Exists\'',
      'spec.tolerations[2].operator: Unsupported value: "Near": supported values: "Equal", "Exists", "Lt", "Gt"',
      'spec.tolerations[3].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.tolerations[4].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  ],
  [
    'node affinity',
    () =>
      saidOfSpec({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: 'a', operator: 'In' },
                    { key: 'a', operator: 'Exists', values: ['b'] },
                    { key: 'a', operator: 'Gt', values: ['1', '2'] },
                    { key: 'a', operator: 'Near' },
                  ],
                  matchFields: [{ key: 'metadata.uid', operator: 'In', values: ['a'] }],
                },
              ],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, preference: {} }],
          },
        },
      }).map((text) => text.replace('spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution', '…')),
    [
      "….nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "….nodeSelectorTerms[0].matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      "….nodeSelectorTerms[0].matchExpressions[2].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
      '….nodeSelectorTerms[0].matchExpressions[3].operator: Invalid value: "Near": not a valid selector operator',
      '….nodeSelectorTerms[0].matchFields[0].key: Invalid value: "metadata.uid": not a valid field selector key',
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in ' +
        'the range 1-100',
    ],
  ],
  [
    'pod affinity without a topology, with keys but no selector',
    () =>
      saidOfSpec({
        affinity: {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ matchLabelKeys: ['a'] }] },
        },
      })
        .slice(0, 2)
        .map((text) =>
          text.replace('spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution', '…'),
        ),
    [
      '…[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
      '…[0].topologyKey: Required value: can not be empty',
    ],
  ],
  [
    'topology spread',
    () =>
      saidOfSpec({
        topologySpreadConstraints: [
          { maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 1 },
          { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' },
          { maxSkew: 1, topologyKey: '', whenUnsatisfiable: 'Hope', nodeTaintsPolicy: 'x' },
        ],
      }),
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, ScheduleAnyway}"',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 1: can only use minDomains if ' +
        'whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
      'spec.topologySpreadConstraints[2].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[2].whenUnsatisfiable: Unsupported value: "Hope": supported values: "DoNotSchedule", ' +
        '"ScheduleAnyway"',
      'spec.topologySpreadConstraints[2].nodeTaintsPolicy: Unsupported value: "x": supported values: "Honor", "Ignore"',
    ],
  ],
];

const POD_RESOURCE_CASES: readonly Case[] = [
  [
    'resources of the pod that do not hold its containers',
    () =>
      said({
        containers: [{ ...CONTAINER, resources: { requests: { cpu: '2' }, limits: { cpu: '3' } } }],
        resources: { requests: { cpu: '1' }, limits: { cpu: '2' } },
      }),
    [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
      'spec.resources.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 2',
    ],
  ],
  [
    'resources that a pod can not have',
    () => saidOfSpec({ resources: { requests: { 'ephemeral-storage': '1' }, claims: [] } }),
    [
      'spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level',
      'spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", ' +
        '"hugepages-", "memory"',
    ],
  ],
];

for (const [title, run, expected] of [
  ...SPEC_CASES,
  ...CONTAINER_CASES,
  ...OTHER_CONTAINER_CASES,
  ...VOLUME_CASES,
  ...SCHEDULING_CASES,
  ...POD_RESOURCE_CASES,
]) {
  test(`validatePodSpec on ${title}`, () => {
    assert.deepEqual(run(), expected);
  });
}

test('validatePodSpec allows templates a little more than pods', () => {
  const template = { isPod: false, podName: '' };
  assert.deepEqual(said({ containers: [{ ...CONTAINER, image: ' busybox' }] }, template), []);
  const hostNetwork: PodSpec = { containers: [{ ...CONTAINER, ports: [{ containerPort: 80 }] }], hostNetwork: true };
  assert.deepEqual(said(hostNetwork, template), []);
});

test('validatePodSpec is not fooled by names of resources and labels that every object has', () => {
  const resources = JSON.parse('{"limits":{"__proto__":"1"},"requests":{"constructor":"1"}}') as Container['resources'];
  const texts = saidOfContainer({ resources });
  assert.match(texts[0] ?? '', /limits\[__proto__\]: Invalid value: "__proto__": name part/);
  assert.match(texts[1] ?? '', /must be a standard resource for containers/);
  assert.match(texts[2] ?? '', /requests\[constructor\]/);
});
