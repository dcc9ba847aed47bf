import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { type KeyPair, newKey } from './certificate.ts';
import { ensureCa, ensureKey, ensureLeaf, issueLeaf, type Leaf } from './ensure.ts';
import { directoryFiles, memoryFiles, type PkiFiles } from './files.ts';
import type { Subject } from './names.ts';

/** What the certificates of a cluster depend on. */
export interface PkiOptions {
  /** Further names and addresses under which the server is reached. */
  readonly names?: readonly string[];
  /** The first address of the service network: where pods reach `kubernetes.default`. */
  readonly serviceAddress?: string;
  readonly clusterDomain?: string;
  readonly nowMs?: number;
}

/** All keys and certificates of a cluster, PEM. */
export interface Pki {
  /** Signs what servers show: the API server's and the kubelets' certificates. */
  readonly clusterCa: KeyPair;
  /** Signs who may come in with a certificate. */
  readonly clientCa: KeyPair;
  /** Signs who may say for whom a request comes: aggregators and front proxies. */
  readonly frontProxyCa: KeyPair;
  readonly serving: KeyPair;
  /** The API server's own certificate for extension servers, `front-proxy-client`. */
  readonly frontProxyClient: KeyPair;
  /** `kubernetes-admin` of `system:masters`. */
  readonly admin: KeyPair;
  /** Private key (PKCS #8) that signs tokens of service accounts. */
  readonly serviceAccountKey: string;
  /** A new certificate for somebody: user name and groups are in its subject. */
  issueClient(subject: Subject, options?: { readonly days?: number }): KeyPair;
}

/** Reads the keys and certificates of a cluster from `directory`; makes what is missing, about to end, or for other names. */
export async function ensurePki(directory: string, options: PkiOptions = {}): Promise<Pki> {
  return makePki(await directoryFiles(directory), options);
}

/** Keys and certificates that nothing keeps. */
export async function memoryPki(options: PkiOptions = {}): Promise<Pki> {
  return makePki(memoryFiles(), options);
}

async function makePki(files: PkiFiles, options: PkiOptions): Promise<Pki> {
  const nowMs = options.nowMs ?? Date.now();
  const [clusterCa, clientCa, frontProxyCa, serviceAccountKey] = await Promise.all([
    ensureCa(files, 'ca', 'kubernetes', nowMs),
    ensureCa(files, 'client-ca', 'kubernetes-client', nowMs),
    ensureCa(files, 'front-proxy-ca', 'kubernetes-front-proxy', nowMs),
    ensureKey(files, 'sa'),
  ]);
  const leaf = (name: string, issuer: KeyPair, what: Leaf) => ensureLeaf(files, name, issuer, what, nowMs);
  const [serving, frontProxyClient, admin] = await Promise.all([
    leaf('server', clusterCa, {
      subject: { commonName: 'kube-apiserver' },
      usages: SERVER_USAGES,
      names: servingNames(options),
    }),
    leaf('front-proxy-client', frontProxyCa, { subject: { commonName: 'front-proxy-client' }, usages: CLIENT_USAGES }),
    leaf('admin', clientCa, {
      subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
      usages: CLIENT_USAGES,
    }),
  ]);
  const issueClient = (subject: Subject, { days }: { readonly days?: number } = {}) => {
    const key = newKey();
    return { key, cert: issueLeaf(key, clientCa, { subject, usages: CLIENT_USAGES }, Date.now(), days) };
  };
  return { clusterCa, clientCa, frontProxyCa, serving, frontProxyClient, admin, serviceAccountKey, issueClient };
}

/** All names and addresses under which the server answers. */
function servingNames({ names = [], serviceAddress = '10.96.0.1', clusterDomain = 'cluster.local' }: PkiOptions) {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const all = new Set([
    'localhost',
    hostname(),
    ...service,
    `kubernetes.default.svc.${clusterDomain}`,
    '127.0.0.1',
    '::1',
    serviceAddress,
    ...names,
  ]);
  return {
    dnsNames: [...all].filter((name) => name !== '' && isIP(name) === 0).sort(),
    ipAddresses: [...all].filter((name) => isIP(name) !== 0).sort(),
  };
}

const SERVER_USAGES = ['digital signature', 'key encipherment', 'server auth'];
const CLIENT_USAGES = ['digital signature', 'key encipherment', 'client auth'];
