/** Registries, for whoever has no image store: credentials as docker keeps them, copies from place to place, and single requests. */

export { formatReference } from '../../reference.ts';
export { type AttachedFile, type AttachOptions, attachArtifact } from '../artifacts/attach.ts';
export { type FetchedFile, type FetchOptions, fetchArtifacts } from '../artifacts/fetch.ts';
export { listArtifacts, type Referrer } from '../artifacts/list.ts';
export type { ArtifactOptions } from '../artifacts/subject.ts';
export { type Credentials, encodeRegistryAuth, toAuthConfig } from '../auth/credentials.ts';
export { configKey, DockerConfig, domainOfKey } from '../auth/docker-config.ts';
export { repositoryScope } from '../auth/scope.ts';
export { type CopyOptions, copyImage } from '../copy/copy.ts';
export { type Place, parsePlace } from '../copy/place.ts';
export { ScratchFolder } from '../copy/scratch-folder.ts';
export { Hosts } from '../hosts/hosts.ts';
export { chunksOf, discard, readBounded } from '../http/body.ts';
export type { HttpAnswer } from '../http/exchange.ts';
export { openBlob } from '../registry/blobs.ts';
export { fetchManifest, headManifest } from '../registry/manifests.ts';
export { type RemoteOptions, Repository } from '../registry/repository.ts';
export { statusError } from '../registry/status-error.ts';
