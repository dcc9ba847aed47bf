/** `hako system df -v`: a table for every kind. */
import { goJson } from '../format/functions.ts';
import { renderList } from '../format/list.ts';
import { humanSize } from '../format/units.ts';
import { print } from '../output.ts';
import { containerColumns } from './containers.ts';
import type { DiskUsage } from './disk-usage.ts';
import { imageColumns, imageRows } from './images.ts';

const IMAGES =
  'table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}';
const CONTAINERS =
  'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}';

/** Prints all; `json` gives the API's own answer. */
export function printVerbose(usage: DiskUsage, format: string): undefined {
  if (format === 'json') return void print(`${goJson(usage)}\n`) as undefined;
  const images = renderList(imageRows(usage.Images ?? [], false), {
    format: '',
    table: IMAGES,
    columns: imageColumns(false),
  });
  const containers = renderList(usage.Containers ?? [], {
    format: '',
    table: CONTAINERS,
    columns: containerColumns(false),
  });
  const volumes = renderList(usage.Volumes ?? [], {
    format: '',
    table: 'table {{.Name}}\t{{.Links}}\t{{.Size}}',
    columns: {
      Name: { heading: 'VOLUME NAME', value: ({ Name }) => Name },
      Links: { heading: 'LINKS', value: ({ UsageData }) => String(UsageData?.RefCount ?? 0) },
      Size: { heading: 'SIZE', value: ({ UsageData }) => humanSize(Math.max(UsageData?.Size ?? 0, 0)) },
    },
  });
  print(
    `Images space usage:\n\n${images}\nContainers space usage:\n\n${containers}\nLocal Volumes space usage:\n\n${volumes}`,
  );
  return undefined;
}
