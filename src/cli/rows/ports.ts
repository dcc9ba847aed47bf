/** Ports as `hako ps` shows them: `0.0.0.0:8080->80/tcp`, ranges joined. */

export interface PortSummary {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

interface Range {
  prefix: string;
  first: PortSummary;
  last: PortSummary;
}

/** One text for all; neighbours of the same address and protocol become a range. */
export function portsText(ports: readonly PortSummary[]): string {
  const sorted = [...ports].sort(
    (a, b) =>
      a.PrivatePort - b.PrivatePort ||
      (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
      compare(a.IP, b.IP) ||
      compare(a.Type, b.Type),
  );
  const ranges: Range[] = [];
  for (const port of sorted) {
    const prefix = `${port.IP ?? ''}/${port.Type}`;
    const open = ranges.find((range) => range.prefix === prefix && follows(range.last, port));
    if (open === undefined) ranges.push({ prefix, first: port, last: port });
    else open.last = port;
  }
  return ranges.map(rangeText).join(', ');
}

function follows(last: PortSummary, next: PortSummary): boolean {
  if (next.PrivatePort !== last.PrivatePort + 1) return false;
  if (last.PublicPort === undefined || last.PublicPort === 0) return !next.PublicPort;
  // Only the same distance between inside and outside makes one range.
  return next.PublicPort === last.PublicPort + 1;
}

function rangeText({ first, last }: Range): string {
  const inside = `${span(first.PrivatePort, last.PrivatePort)}/${first.Type}`;
  if (!first.PublicPort || !last.PublicPort) return inside;
  const address = first.IP?.includes(':') ? `[${first.IP}]` : first.IP;
  return `${address ? `${address}:` : ''}${span(first.PublicPort, last.PublicPort)}->${inside}`;
}

function span(first: number, last: number): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
