import type { Usage } from '../contract.ts';

/** Upper bounds of the buckets, in seconds. */
const BUCKETS_S = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

interface Histogram {
  counts: number[];
  sumS: number;
  count: number;
}

/** What happened since the start, in Prometheus' text format. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #counters = new Map<string, number>();
  #inFlight = 0;

  /** To be called when a request begins; the result when it has ended. */
  began(): (route: string, method: string, status: number, sentBytes: number, startedMs: number) => void {
    this.#inFlight++;
    return (route, method, status, sentBytes, startedMs) => {
      this.#inFlight--;
      const known = METHODS.has(method) ? method : 'other';
      bump(this.#requests, `route="${route}",method="${known}",code="${status}"`, 1);
      this.#observe(route, (performance.now() - startedMs) / 1000);
      this.add('response_bytes_total', sentBytes);
    };
  }

  /** Counts something else; the name without its prefix. */
  add(name: string, amount: number): void {
    bump(this.#counters, name, amount);
  }

  render(usage: Usage): string {
    const gauges: [string, number][] = [
      ['http_requests_in_flight', this.#inFlight],
      ['storage_bytes', usage.totalBytes],
      ['repositories', usage.repositories],
    ];
    return [
      ...header('http_requests_total', 'counter'),
      ...this.#requests.entries().map(([labels, count]) => `${PREFIX}http_requests_total{${labels}} ${count}`),
      ...header('http_request_duration_seconds', 'histogram'),
      ...this.#durations.entries().flatMap(([route, histogram]) => histogramLines(route, histogram)),
      ...this.#counters.entries().flatMap(([name, value]) => [...header(name, 'counter'), `${PREFIX}${name} ${value}`]),
      ...cacheLines(usage.cache),
      ...gauges.flatMap(([name, value]) => [...header(name, 'gauge'), `${PREFIX}${name} ${value}`]),
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      '',
    ].join('\n');
  }

  #observe(route: string, seconds: number): void {
    let histogram = this.#durations.get(route);
    if (histogram === undefined) {
      histogram = { counts: BUCKETS_S.map(() => 0), sumS: 0, count: 0 };
      this.#durations.set(route, histogram);
    }
    histogram.sumS += seconds;
    histogram.count++;
    const bucket = BUCKETS_S.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  }
}

const PREFIX = 'hako_registry_';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

function bump(map: Map<string, number>, key: string, amount: number): void {
  map.set(key, (map.get(key) ?? 0) + amount);
}

function cacheLines(cache: Usage['cache']): string[] {
  if (cache === undefined) return [];
  const { hits, misses, fetchedBytes } = cache;
  const counters: [string, number][] = [
    ['cache_hits_total', hits],
    ['cache_misses_total', misses],
    ['cache_fetched_bytes_total', fetchedBytes],
  ];
  return counters.flatMap(([name, value]) => [...header(name, 'counter'), `${PREFIX}${name} ${value}`]);
}

function header(name: string, type: string): string[] {
  return [`# TYPE ${PREFIX}${name} ${type}`];
}

function histogramLines(route: string, { counts, sumS, count }: Histogram): string[] {
  const name = `${PREFIX}http_request_duration_seconds`;
  let below = 0;
  const buckets = counts.map((inBucket, index) => {
    below += inBucket;
    return `${name}_bucket{route="${route}",le="${BUCKETS_S[index]}"} ${below}`;
  });
  return [
    ...buckets,
    `${name}_bucket{route="${route}",le="+Inf"} ${count}`,
    `${name}_sum{route="${route}"} ${sumS}`,
    `${name}_count{route="${route}"} ${count}`,
  ];
}
