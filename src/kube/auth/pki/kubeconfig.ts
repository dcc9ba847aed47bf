import { randomBytes } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoCode, errorMessage, HakoError, isHakoError, makeFolders } from '#base';

const DEFAULT_NAME = 'hakobune';

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
  name = DEFAULT_NAME,
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

/**
 * Writes a kubeconfig that only its owner may read, whole or not at all. Throws a HakoError where the file cannot be written
 * (`invalid`), or holds clusters of another name, which would be lost (`failed_precondition`).
 */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  try {
    makeFolders(dirname(path), 0o700);
    await refuseOthers(path, options.name ?? DEFAULT_NAME);
    await writeWhole(path, kubeconfig(options));
  } catch (error) {
    if (isHakoError(error)) throw error;
    throw new HakoError('invalid', `cannot write the kubeconfig: ${errorMessage(error)}`, { cause: error });
  }
}

async function refuseOthers(path: string, name: string): Promise<void> {
  const there = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoCode(error) === 'ENOENT') return '';
    throw error;
  });
  if (there === '' || (await clusterNames(there)).every((other) => other === name)) return;
  throw new HakoError(
    'failed_precondition',
    `${path} is not overwritten, because it holds other clusters: name another kubeconfig, and join both with KUBECONFIG=${path}:OTHER`,
  );
}

/** The clusters of a kubeconfig; a text that is none counts as one without a name. kubectl writes YAML where we wrote JSON. */
async function clusterNames(text: string): Promise<unknown[]> {
  const { parse } = await import('yaml');
  try {
    const { clusters } = parse(text) as { clusters?: { name?: unknown }[] | null };
    if (clusters === undefined) return [undefined];
    return (clusters ?? []).map((cluster) => cluster.name);
  } catch {
    return [undefined];
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
