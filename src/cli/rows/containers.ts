/** The columns of `hako ps`. */
import type { Columns } from '../format/list.ts';
import { ago, ellipsis, goTime, humanSize, shortId } from '../format/units.ts';
import { type PortSummary, portsText } from './ports.ts';

export interface ContainerSummary {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  Created: number;
  State: string;
  Status: string;
  Ports: PortSummary[] | null;
  Labels: Record<string, string> | null;
  SizeRw?: number;
  SizeRootFs?: number;
  NetworkSettings?: { Networks: Record<string, unknown> | null };
  Mounts?: { Type: string; Name?: string; Source: string }[] | null;
}

/** With `full`, nothing is shortened. */
export function containerColumns(full: boolean): Columns<ContainerSummary> {
  return {
    ID: { heading: 'CONTAINER ID', value: ({ Id }) => (full ? Id : shortId(Id)) },
    Image: { heading: 'IMAGE', value: ({ Image }) => imageName(Image, full) },
    Command: { heading: 'COMMAND', value: ({ Command }) => JSON.stringify(full ? Command : ellipsis(Command, 20)) },
    CreatedAt: { heading: 'CREATED AT', value: ({ Created }) => goTime(Created) },
    RunningFor: { heading: 'CREATED', value: ({ Created }) => ago(Created) },
    Ports: { heading: 'PORTS', value: ({ Ports }) => portsText(Ports ?? []) },
    State: { heading: 'STATE', value: ({ State }) => State },
    Status: { heading: 'STATUS', value: ({ Status }) => Status },
    Size: { heading: 'SIZE', value: sizeText },
    Names: { heading: 'NAMES', value: (container) => names(container, full).join(',') },
    Labels: { heading: 'LABELS', value: ({ Labels }) => pairsText(Labels) },
    Label: {
      heading: 'LABEL',
      value:
        ({ Labels }) =>
        (key: string) =>
          Labels?.[key] ?? '',
    },
    Mounts: {
      heading: 'MOUNTS',
      value: (container) =>
        mountNames(container)
          .map((name) => (full ? name : ellipsis(name, 15)))
          .join(','),
    },
    LocalVolumes: {
      heading: 'LOCAL VOLUMES',
      value: ({ Mounts }) => String((Mounts ?? []).filter(({ Type }) => Type === 'volume').length),
    },
    Networks: {
      heading: 'NETWORKS',
      value: ({ NetworkSettings }) =>
        Object.keys(NetworkSettings?.Networks ?? {})
          .sort()
          .join(','),
    },
    Platform: { heading: 'PLATFORM', value: () => '' },
  };
}

/** `a=1,b=2`, sorted. */
export function pairsText(pairs: Record<string, string> | null | undefined): string {
  return Object.entries(pairs ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

function imageName(image: string, full: boolean): string {
  if (image === '') return '<no image>';
  return full || !/^sha256:[0-9a-f]{64}$/.test(image) ? image : shortId(image);
}

/** Without the leading slash; names of links (`/a/b`) are shown in full only. */
function names({ Names }: ContainerSummary, full: boolean): string[] {
  const all = Names.map((name) => name.replace(/^\//, ''));
  return full ? all : all.filter((name) => !name.includes('/'));
}

function sizeText({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  const written = humanSize(SizeRw, 3);
  return SizeRootFs > 0 ? `${written} (virtual ${humanSize(SizeRootFs, 3)})` : written;
}

function mountNames({ Mounts }: ContainerSummary): string[] {
  return (Mounts ?? []).map(({ Name, Source }) => Name || Source);
}
