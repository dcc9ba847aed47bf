/** The columns of `hako images`: one row a name of an image. */
import type { Columns } from '../format/list.ts';
import { ago, goTime, humanSize, shortId } from '../format/units.ts';

export interface ImageSummary {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Created: number;
  Size: number;
  SharedSize?: number;
  Containers?: number;
  Labels?: Record<string, string> | null;
}

export interface ImageRow {
  image: ImageSummary;
  repository: string;
  tag: string;
  digest: string;
}

const NONE = '<none>';

/** Newest first; an image without any name has one row of `<none>`. */
export function imageRows(images: readonly ImageSummary[], withDigests: boolean): ImageRow[] {
  const sorted = [...images].sort((a, b) => b.Created - a.Created);
  return sorted.flatMap((image) => rowsOf(image, withDigests));
}

function rowsOf(image: ImageSummary, withDigests: boolean): ImageRow[] {
  const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
  const digests = new Map((image.RepoDigests ?? []).map((text) => splitAt(text, text.indexOf('@'))));
  const rows = tags.map((text) => {
    const [repository, tag] = splitAt(text, text.lastIndexOf(':'));
    return { image, repository, tag, digest: digests.get(repository) ?? NONE };
  });
  if (rows.length > 0) return rows;
  const [first] = digests;
  if (first === undefined) return [{ image, repository: NONE, tag: NONE, digest: NONE }];
  return [{ image, repository: first[0], tag: NONE, digest: withDigests ? first[1] : NONE }];
}

function splitAt(text: string, index: number): [string, string] {
  return [text.slice(0, index), text.slice(index + 1)];
}

/** With `full`, ids are not shortened. */
export function imageColumns(full: boolean): Columns<ImageRow> {
  return {
    ID: { heading: 'IMAGE ID', value: ({ image }) => (full ? image.Id : shortId(image.Id)) },
    Repository: { heading: 'REPOSITORY', value: ({ repository }) => repository },
    Tag: { heading: 'TAG', value: ({ tag }) => tag },
    Digest: { heading: 'DIGEST', value: ({ digest }) => digest },
    CreatedSince: { heading: 'CREATED', value: ({ image }) => ago(image.Created) },
    CreatedAt: { heading: 'CREATED AT', value: ({ image }) => goTime(image.Created) },
    Size: { heading: 'SIZE', value: ({ image }) => humanSize(image.Size, 3) },
    VirtualSize: { heading: 'SIZE', value: ({ image }) => humanSize(image.Size) },
    SharedSize: { heading: 'SHARED SIZE', value: ({ image }) => sizeOrUnknown(image.SharedSize) },
    UniqueSize: {
      heading: 'UNIQUE SIZE',
      value: ({ image }) => sizeOrUnknown(unknown(image.SharedSize) ? undefined : image.Size - (image.SharedSize ?? 0)),
    },
    Containers: {
      heading: 'CONTAINERS',
      value: ({ image }) => (unknown(image.Containers) ? 'N/A' : String(image.Containers)),
    },
  };
}

function unknown(value: number | undefined): boolean {
  return value === undefined || value < 0;
}

function sizeOrUnknown(bytes: number | undefined): string {
  return bytes === undefined || bytes < 0 ? 'N/A' : humanSize(bytes);
}
