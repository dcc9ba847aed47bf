/** Results as a table for people. */
import type { Machine } from '../lib/machine.ts';
import type { Summary } from '../lib/stats.ts';
import { markdownTable } from '../lib/table.ts';
import type { Row } from './measure.ts';
import type { Result } from './run.ts';

/** `median (p90)` of each engine, and for ours the ratio to each other and whether it keeps the bar. */
export function resultTable(results: readonly Result[], peers: readonly string[]): string {
  const others = peers.filter((name) => name !== 'hako');
  const ratioed = peers.includes('hako') ? others : [];
  const head = ['what', ...peers, ...ratioed.map((name) => `hako ÷ ${name}`), 'bar'];
  const rows = results.map((result) => [
    `${result.row.title} [${result.row.unit}]`,
    ...peers.map((name) => figure(result.summaries[name])),
    ...ratioed.map((name) => ratio(result, name)),
    bar(result),
  ]);
  return markdownTable(head, rows);
}

function figure(summary: Summary | undefined): string {
  if (summary === undefined) return '–';
  const median = digits(summary.median);
  return summary.count === 1 ? median : `${median} (${digits(summary.p90)})`;
}

/** Three digits that count are all that a benchmark knows. */
function digits(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function ratio(result: Result, peer: string): string {
  const ours = result.summaries.hako?.median;
  const theirs = result.summaries[peer]?.median;
  return ours === undefined || theirs === undefined ? '–' : (ours / theirs).toFixed(2);
}

function bar(result: Result): string {
  const { row } = result;
  const text = barText(row);
  const ours = result.summaries.hako?.median;
  const limit = limitOf(result);
  if (text === '' || ours === undefined || limit === undefined) return text;
  const kept = row.better === 'less' ? ours <= limit : ours >= limit;
  return `${text} ${kept ? '✓' : '✗'}`;
}

function barText({ bar, shareOfDocker, better, unit }: Row): string {
  const sign = better === 'less' ? '≤' : '≥';
  if (bar !== undefined) return `${sign} ${bar} ${unit}`;
  return shareOfDocker === undefined ? '' : `${sign} ${Number(shareOfDocker.toFixed(2))} × docker`;
}

function limitOf({ row, summaries }: Result): number | undefined {
  if (row.bar !== undefined) return row.bar;
  const docker = summaries.docker?.median;
  return docker === undefined || row.shareOfDocker === undefined ? undefined : docker * row.shareOfDocker;
}

/** One paragraph: what the figures were measured on. */
export function machineText(machine: Machine): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGib} GiB, Linux ${machine.kernel}, ${machine.distribution}`,
    `${machine.fileSystem}, cgroups ${machine.cgroups}, load ${machine.load}; ${versions.join(', ')}`,
  ].join('\n');
}
