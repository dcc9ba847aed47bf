/** Makes a container, fetching its image first where --pull says so. */
import { existsSync, writeFileSync } from 'node:fs';
import type { ApiClient } from '../client/api.ts';
import { CliError, isStatus, UsageError } from '../errors.ts';
import { type CreateFlags, createBody } from '../options/create.ts';
import { note } from '../output.ts';

interface Created {
  Id: string;
  Warnings?: string[] | null;
}

/** Creates; answers the id. Warnings go to standard error, the id into --cidfile. */
export async function createContainer(
  api: ApiClient,
  flags: CreateFlags,
  given: ReadonlySet<string>,
  words: readonly string[],
): Promise<string> {
  checkPull(flags.pull);
  if (flags.cidfile !== '' && existsSync(flags.cidfile)) {
    throw new CliError(`the file ${flags.cidfile} exists: remove it, or give --cidfile another name`);
  }
  const body = await createBody(flags, given, words);
  const size = flags.tty ? (await import('../terminal/resize.ts')).terminalSize() : undefined;
  if (size !== undefined) body.HostConfig.ConsoleSize = [size.rows, size.columns];
  if (flags.pull === 'always') await pull(api, flags, body.Image);
  const created = await createOrPull(api, flags, body);
  if (flags.cidfile !== '') writeFileSync(flags.cidfile, created.Id, { flag: 'wx' });
  for (const warning of created.Warnings ?? []) note(`warning: ${warning}`);
  return created.Id;
}

async function createOrPull(api: ApiClient, flags: CreateFlags, body: { Image: string }): Promise<Created> {
  const create = () => api.post<Created>('/containers/create', { name: flags.name, platform: flags.platform }, body);
  try {
    return await create();
  } catch (error) {
    if (!isStatus(error, 404) || !/no such image/i.test(error.message) || flags.pull !== 'missing') throw error;
    if (!flags.quiet) note(`image ${body.Image} is not on this machine: fetching it`);
    await pull(api, flags, body.Image);
    return create();
  }
}

async function pull(api: ApiClient, flags: CreateFlags, image: string): Promise<void> {
  const { pullImage } = await import('../progress/pull.ts');
  await pullImage(api, image, { platform: flags.platform, quiet: flags.quiet, toStandardError: true });
}

function checkPull(when: string): void {
  if (!['always', 'missing', 'never'].includes(when)) {
    throw new UsageError(`--pull ${when}: write always, missing or never`);
  }
}
