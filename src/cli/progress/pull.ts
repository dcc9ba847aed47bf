/** Fetches an image through the daemon and shows how far it is. */
import type { ApiClient } from '../client/api.ts';
import { progressMessages } from '../client/json-stream.ts';
import { registryAuth } from '../login/credentials.ts';
import { showProgress } from './progress.ts';

export interface PullOptions {
  platform: string;
  quiet: boolean;
  /** Progress goes to standard error, where standard output belongs to the container. */
  toStandardError: boolean;
}

/** Pulls `reference`; `latest` where it names no tag and no digest. */
export async function pullImage(api: ApiClient, reference: string, options: PullOptions): Promise<void> {
  const { name, tag } = splitReference(reference);
  const query = { fromImage: name, tag, platform: options.platform };
  const headers = await registryAuth(reference);
  const response = await api.request('POST', '/images/create', { query, headers });
  const stream = options.toStandardError ? process.stderr : process.stdout;
  await showProgress(progressMessages(response.body), { stream, quiet: options.quiet });
}

/** The repository and the tag (or digest) of a reference. A colon before the last slash belongs to the registry's port. */
export function splitReference(reference: string): { name: string; tag: string } {
  const at = reference.indexOf('@');
  if (at >= 0) return { name: reference.slice(0, at), tag: reference.slice(at + 1) };
  const colon = reference.lastIndexOf(':');
  if (colon <= reference.lastIndexOf('/')) return { name: reference, tag: 'latest' };
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
