/** `hako server`: the Kubernetes API server. */
import { flushCompileCache } from 'node:module';
import { command, integer, list, parsed, text, toggle } from '../../args/flags.ts';
import { UsageError } from '../../errors.ts';
import { loadServer } from '../../machine/bundle.ts';
import { holdYoungHeap, letYoungHeapGrow } from '../../machine/young-heap.ts';
import { parseDuration } from '../../options/values.ts';

const flags = {
  'data-dir': text(
    '',
    'DIR',
    'Folder of certificates and data; not used with --datastore memory',
    '/var/lib/hako-server',
  ),
  'pki-dir': text(
    '',
    'DIR',
    'Keys and certificates, shared by the servers of a cluster (default: pki in the data folder)',
  ),
  listen: text('', 'HOST:PORT', 'Address to listen on', '127.0.0.1:6443'),
  'advertise-address': text(
    '',
    'ADDRESS',
    "Where nodes and pods reach this server (default: where it listens, or the host's own)",
  ),
  datastore: text('', 'URL', 'memory, sqlite (in the data folder; the default), sqlite:PATH, or https://ETCD,...'),
  'etcd-ca': text('', 'FILE', 'CA of etcd (PEM)'),
  'etcd-cert': text('', 'FILE', 'Client certificate for etcd (PEM)'),
  'etcd-key': text('', 'FILE', 'Its key (PEM)'),
  kubeconfig: text('', 'FILE', "Write the administrator's kubeconfig here"),
  'tls-name': list('', 'NAME', 'Further name or address of the server, for its certificate'),
  'service-block': text('', 'CIDR', 'Addresses of services (default 10.96.0.0/16)'),
  'node-ports': text('', 'FIRST-LAST', 'Node ports of services (default 30000-32767)'),
  'encryption-config': text('', 'FILE', 'EncryptionConfiguration: how secrets are encrypted at rest'),
  'authentication-config': text('', 'FILE', 'AuthenticationConfiguration: OIDC issuers'),
  'token-file': text('', 'FILE', 'Static tokens: token,user,uid,"group1,group2"'),
  'authentication-token-webhook-config-file': text(
    '',
    'FILE',
    'Kubeconfig of a service that says whose a token is that nobody else knows',
  ),
  'authentication-token-webhook-cache-ttl': parsed(
    '',
    'DURATION',
    'How long its answers are remembered (default 2m)',
    (given) => parseDuration(given) / NS_PER_MS,
  ),
  'authorization-webhook-config-file': text(
    '',
    'FILE',
    'Kubeconfig of a service that decides what the Node authorizer and RBAC do not allow',
  ),
  'audit-policy': text('', 'FILE', 'Audit policy (audit.k8s.io/v1)'),
  'audit-log': text('', 'FILE', 'Audit log; - is standard output'),
  'request-timeout': parsed(
    '',
    'DURATION',
    'How long a request may take that is no watch, log or connection (default 1m)',
    parseRequestTimeout,
  ),
  'enable-admission-plugin': list('', 'NAME', 'Admission plugin that is off by default'),
  'disable-admission-plugin': list('', 'NAME', 'Admission plugin to leave out'),
  'no-anonymous': toggle('', 'Refuse requests without credentials'),
  'no-controllers': toggle('', 'Serve the API alone'),
  'fake-nodes': integer('', 'N', 'Have N nodes on paper whose pods run, for tests'),
};

const NS_PER_MS = 1e6;

/** Upstream refuses none and less, too. */
function parseRequestTimeout(given: string): number {
  const timeMs = parseDuration(given) / NS_PER_MS;
  if (timeMs >= 1) return timeMs;
  throw new UsageError(`a request cannot be answered in ${given}: give a time such as 1m or 90s`);
}

/** Enough for some hundred requests between two collections. */
const MAX_YOUNG_BYTES = 8 * 1024 * 1024;

export default command({
  usage: '[OPTIONS]',
  description: 'Serves the Kubernetes API in the foreground until SIGTERM or SIGINT.',
  flags,
  arity: [0, 0],
  examples: [
    'hako server --kubeconfig ~/.kube/config',
    'hako server --datastore memory --fake-nodes 3 --kubeconfig kubeconfig   # to test an operator',
    'hako server --datastore https://10.0.0.1:2379,https://10.0.0.2:2379 --etcd-ca ca.pem --etcd-cert c.pem --etcd-key k.pem',
  ],
  async run({ flags: given }) {
    holdYoungHeap();
    const { runServer } = await loadServer();
    const { datastore } = given;
    await runServer(
      withoutUndefined({
        dataDir: datastore === 'memory' ? undefined : given['data-dir'],
        pkiDir: given['pki-dir'],
        listen: given.listen,
        advertiseAddress: given['advertise-address'],
        datastore,
        etcd: withoutUndefined({ ca: given['etcd-ca'], cert: given['etcd-cert'], key: given['etcd-key'] }),
        kubeconfig: given.kubeconfig,
        names: given['tls-name'],
        serviceBlock: given['service-block'],
        nodePorts: given['node-ports'],
        encryptionConfig: given['encryption-config'],
        authenticationConfig: given['authentication-config'],
        tokenFile: given['token-file'],
        authenticationTokenWebhook: withoutUndefined({
          config: given['authentication-token-webhook-config-file'],
          cacheTtlMs: given['authentication-token-webhook-cache-ttl'],
        }),
        authorizationWebhookConfig: given['authorization-webhook-config-file'],
        audit: withoutUndefined({ policy: given['audit-policy'], log: given['audit-log'] }),
        requestTimeoutMs: given['request-timeout'],
        enableAdmissionPlugins: given['enable-admission-plugin'],
        disableAdmissionPlugins: given['disable-admission-plugin'],
        anonymous: !given['no-anonymous'],
        controllers: !given['no-controllers'],
        fakeNodes: given['fake-nodes'],
      }),
      () => {
        // A server may never end in order: what was compiled is kept now, for the next start.
        flushCompileCache();
        letYoungHeapGrow(MAX_YOUNG_BYTES);
      },
    );
    return 0;
  },
});

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(values: T): Partial<Defined<T>> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  ) as Partial<Defined<T>>;
}
