import type { Image, ImageRunConfig } from '#images';
import { rfc3339 } from '../server/time.ts';
import { familiarName } from './names.ts';

/** The body of `GET /images/{name}/json`. `layerPaths` are the folders of its layers, top first. */
export function presentImage(image: Image, layerPaths: readonly string[], minor: number) {
  const { config } = image;
  const comment = config.history?.at(-1)?.comment ?? '';
  return {
    Id: image.id,
    RepoTags: image.tags.map(familiarName),
    RepoDigests: image.repoDigests.map(familiarName),
    Parent: image.parent ?? '',
    Comment: comment,
    Created: createdText(image),
    ...(minor < 45 ? { Container: '', ContainerConfig: null } : {}),
    DockerVersion: '',
    Author: config.author ?? '',
    Config: minor < 50 ? presentFullConfig(config.config ?? {}) : presentOciConfig(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant ? { Variant: config.variant } : {}),
    Os: config.os,
    Size: image.sizeBytes,
    ...(minor < 44 ? { VirtualSize: image.sizeBytes } : {}),
    GraphDriver: { Data: presentLayers(layerPaths), Name: 'overlay2' },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.taggedAtMs === 0 ? NEVER : rfc3339(image.taggedAtMs) },
  };
}

/** Go's zero time. */
const NEVER = '0001-01-01T00:00:00Z';

/** Layers have no merged view and no work folder of their own: only containers do. */
function presentLayers([top, ...below]: readonly string[]): Record<string, string> {
  if (top === undefined) return {};
  return below.length === 0 ? { UpperDir: top } : { LowerDir: below.join(':'), UpperDir: top };
}

function createdText(image: Image): string {
  return image.config.created ?? rfc3339(image.createdAtMs);
}

/** From 1.50 on an image's configuration shows what it has, and no more. */
function presentOciConfig(config: ImageRunConfig) {
  return {
    ...(config.User ? { User: config.User } : {}),
    ...(hasKeys(config.ExposedPorts) ? { ExposedPorts: config.ExposedPorts } : {}),
    Env: config.Env ?? [],
    ...(config.Entrypoint?.length ? { Entrypoint: config.Entrypoint } : {}),
    ...(config.Cmd?.length ? { Cmd: config.Cmd } : {}),
    ...(hasKeys(config.Volumes) ? { Volumes: config.Volumes } : {}),
    ...(config.WorkingDir ? { WorkingDir: config.WorkingDir } : {}),
    ...(hasKeys(config.Labels) ? { Labels: config.Labels } : {}),
    ...(config.StopSignal ? { StopSignal: config.StopSignal } : {}),
    ...(config.Healthcheck ? { Healthcheck: config.Healthcheck } : {}),
    ...(config.Shell?.length ? { Shell: config.Shell } : {}),
  };
}

/** Before 1.50 it was written as a container's configuration. */
function presentFullConfig(config: ImageRunConfig) {
  return {
    Hostname: '',
    Domainname: '',
    User: config.User ?? '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(hasKeys(config.ExposedPorts) ? { ExposedPorts: config.ExposedPorts } : {}),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(config.Healthcheck ? { Healthcheck: config.Healthcheck } : {}),
    Image: '',
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: null,
    Labels: config.Labels ?? null,
    ...(config.StopSignal ? { StopSignal: config.StopSignal } : {}),
    ...(config.Shell?.length ? { Shell: config.Shell } : {}),
  };
}

function hasKeys(value: object | undefined): boolean {
  return value !== undefined && Object.keys(value).length > 0;
}

/** When the image was built, in seconds, as `docker images` counts its age. */
export function createdSeconds(image: Image): number {
  const built = Date.parse(image.config.created ?? '');
  return Math.trunc((Number.isNaN(built) ? image.createdAtMs : built) / 1000);
}

/** One element of `GET /images/json`. -1 means not computed. */
export function presentImageSummary(
  image: Image,
  minor: number,
  extra: { sharedBytes?: number; containers?: number } = {},
) {
  return {
    Containers: extra.containers ?? -1,
    Created: createdSeconds(image),
    Id: image.id,
    Labels: image.config.config?.Labels ?? null,
    ParentId: image.parent ?? '',
    RepoDigests: image.repoDigests.map(familiarName),
    RepoTags: image.tags.map(familiarName),
    SharedSize: extra.sharedBytes ?? -1,
    Size: image.sizeBytes,
    ...(minor < 44 ? { VirtualSize: image.sizeBytes } : {}),
  };
}
