/** Media types of the OCI image spec and of Docker's schema 2, which mean the same. */
import type { LayerFacts } from '#system/rootfs';

export const MediaType = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

export function isIndex(mediaType: string): boolean {
  return mediaType === MediaType.index || mediaType === MediaType.dockerIndex;
}

export function isManifest(mediaType: string): boolean {
  return mediaType === MediaType.manifest || mediaType === MediaType.dockerManifest;
}

/** The type of a layer blob that is compressed like this. */
export function layerMediaType(compression: LayerFacts['compression']): string {
  return compression === 'none' ? MediaType.layer : `${MediaType.layer}+${compression}`;
}
