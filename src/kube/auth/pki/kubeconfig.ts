import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';

/** Where a cluster is and as whom to go there. */
export interface KubeconfigOptions {
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM of the CA that signs the server's certificate. */
  readonly certificateAuthority: string;
  /** A client certificate with its key, or a token. */
  readonly user: { readonly cert: string; readonly key: string } | { readonly token: string };
  /** How cluster, user and context are called in it. */
  readonly name?: string;
  readonly namespace?: string;
}

/** The text of a kubeconfig with one cluster, user and context. JSON, which is YAML too. */
export function kubeconfig({
  server,
  certificateAuthority,
  user,
  name = 'hakobune',
  namespace,
}: KubeconfigOptions): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(certificateAuthority) } }],
    users: [{ name, user: 'token' in user ? { token: user.token } : certificateUser(user) }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function certificateUser({ cert, key }: { readonly cert: string; readonly key: string }) {
  return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Writes a kubeconfig that only its owner may read, whole or not at all. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(kubeconfig(options));
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
