import { HakoError } from '#base';
import type { CredentialsFor } from '../auth/credentials.ts';
import type { RemoteContext } from '../context.ts';
import { ArchiveFiles } from './archive-files.ts';
import { ArchiveTarget } from './archive-target.ts';
import type { CopySource, CopyTarget } from './contract.ts';
import { DockerArchiveSource } from './docker-archive-source.ts';
import { FolderFiles, LayoutSource } from './layout-source.ts';
import { LayoutTarget } from './layout-target.ts';
import type { Place } from './place.ts';
import { RegistrySource } from './registry-source.ts';
import { RegistryTarget } from './registry-target.ts';

export interface Remote {
  context: RemoteContext;
  credentialsFor: CredentialsFor;
  signal?: AbortSignal;
}

export async function openSource(place: Place, { context, credentialsFor, signal }: Remote): Promise<CopySource> {
  if (place.kind === 'registry')
    return new RegistrySource(place.reference, context.optionsFor(place.reference.domain, credentialsFor), signal);
  if (place.kind === 'layout') return new LayoutSource(new FolderFiles(place.path), place.name, place.path);
  if (place.kind === 'archive') return openArchive(place.path, place.name);
  throw storeNeedsDaemon();
}

/** An archive that is both is read as OCI: that has the manifests. */
async function openArchive(path: string, name: string | undefined): Promise<CopySource> {
  const files = await ArchiveFiles.open(path);
  try {
    if (files.find('index.json') !== undefined && files.find('oci-layout') !== undefined)
      return new LayoutSource(files, name, path);
    return new DockerArchiveSource(files, name, path);
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

export function openTarget(place: Place, { context, credentialsFor, signal }: Remote): CopyTarget {
  if (place.kind === 'registry')
    return new RegistryTarget(place.reference, context.optionsFor(place.reference.domain, credentialsFor), signal);
  if (place.kind === 'layout') return new LayoutTarget(place.path, place.name);
  if (place.kind === 'archive') return new ArchiveTarget(place.path, place.dialect, place.name);
  throw storeNeedsDaemon();
}

function storeNeedsDaemon(): HakoError {
  return new HakoError('unsupported', 'images of the store are copied through its daemon');
}
