/** The columns of volumes. */
import type { Columns } from '../format/list.ts';
import { humanSize } from '../format/units.ts';
import { pairsText } from './containers.ts';

export interface VolumeSummary {
  Name: string;
  Driver: string;
  Mountpoint: string;
  Scope: string;
  CreatedAt?: string;
  Labels: Record<string, string> | null;
  /** Only where it was asked for; -1 is unknown. */
  UsageData?: { Size: number; RefCount: number } | null;
}

export const volumeColumns: Columns<VolumeSummary> = {
  Driver: { heading: 'DRIVER', value: ({ Driver }) => Driver },
  Name: { heading: 'VOLUME NAME', value: ({ Name }) => Name },
  Mountpoint: { heading: 'MOUNTPOINT', value: ({ Mountpoint }) => Mountpoint },
  Scope: { heading: 'SCOPE', value: ({ Scope }) => Scope },
  Labels: { heading: 'LABELS', value: ({ Labels }) => pairsText(Labels) },
  Label: {
    heading: 'LABEL',
    value:
      ({ Labels }) =>
      (key: string) =>
        Labels?.[key] ?? '',
  },
  Links: { heading: 'LINKS', value: ({ UsageData }) => known(UsageData?.RefCount, String) },
  Size: { heading: 'SIZE', value: ({ UsageData }) => known(UsageData?.Size, humanSize) },
};

function known(value: number | undefined, show: (value: number) => string): string {
  return value === undefined || value < 0 ? 'N/A' : show(value);
}
