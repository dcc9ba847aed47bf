import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorMessage, HakoError, parseYaml } from '#base';
import { type HttpsJsonOptions, httpsJson } from '../https-json.ts';

/** A remote service that answers reviews, as kube-apiserver's webhook files describe it. */
export interface ReviewService {
  readonly ask: (review: object) => Promise<unknown>;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string };
  }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: Readonly<Record<string, string>> }[];
  readonly users?: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
}

/** Reads a kubeconfig whose cluster is the service and whose user is us. Throws a HakoError (`invalid`) that names the file. */
export async function readReviewService(path: string, timeoutMs = 10_000): Promise<ReviewService> {
  const config = parseYaml(await read(path)) as Kubeconfig | null;
  const context = config?.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config?.clusters?.find(({ name }) => context === undefined || name === context.cluster)?.cluster;
  const user = config?.users?.find(({ name }) => context === undefined || name === context.user)?.user ?? {};
  const server = cluster?.server;
  if (cluster === undefined || server === undefined) {
    throw new HakoError('invalid', `${path}: there is no cluster with a server for the current context`);
  }
  const [ca, cert, key] = await Promise.all([
    pemOf(cluster, 'certificate-authority', path),
    pemOf(user, 'client-certificate', path),
    pemOf(user, 'client-key', path),
  ]);
  const options: HttpsJsonOptions = {
    timeoutMs,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(user.token === undefined ? {} : { headers: { authorization: `Bearer ${user.token}` } }),
  };
  return { ask: (review) => httpsJson(server, { ...options, body: review }) };
}

/** A certificate or key, in the file itself or beside it. */
async function pemOf(
  fields: Readonly<Record<string, string>>,
  name: string,
  path: string,
): Promise<string | undefined> {
  const data = fields[`${name}-data`];
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const file = fields[name];
  return file === undefined ? undefined : read(resolve(dirname(path), file));
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new HakoError('invalid', `cannot read ${path}, a webhook's file: ${errorMessage(error)}`, { cause: error });
  }
}
