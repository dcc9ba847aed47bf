/** Values of labels, in the order in which the metric names them. */
type Labels = readonly string[];

interface Metric {
  readonly text: () => string;
}

/** Label sets that one metric may have; what comes after is counted together, so that nobody can fill the memory with names. */
const MAX_SERIES = 4096;

/** Metrics in Prometheus' text format (exposition format 0.0.4). */
export class MetricsRegistry {
  readonly #metrics: Metric[] = [];

  /** A number that only grows. */
  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    const counter = new Counter(name, help, labels);
    this.#metrics.push(counter);
    return counter;
  }

  /** How long things take, in seconds. */
  histogram(name: string, help: string, labels: readonly string[], bounds: readonly number[]): Histogram {
    const histogram = new Histogram(name, help, labels, bounds);
    this.#metrics.push(histogram);
    return histogram;
  }

  /** Values that are read when somebody asks. */
  gauge(name: string, help: string, labels: readonly string[], read: () => Iterable<readonly [Labels, number]>): void {
    this.#metrics.push({
      text: () =>
        head(name, help, 'gauge') + [...read()].map(([values, value]) => line(name, labels, values, value)).join(''),
    });
  }

  /** What `/metrics` answers. */
  text(): string {
    return this.#metrics.map((metric) => metric.text()).join('');
  }
}

/** A number that only grows, for each set of labels. */
export class Counter implements Metric {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(name: string, help: string, labels: readonly string[]) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
  }

  add(labels: Labels = [], by = 1): void {
    const key = labels.join('\0');
    const known = this.#values.get(key);
    if (known !== undefined) known.value += by;
    else if (this.#values.size < MAX_SERIES) this.#values.set(key, { labels, value: by });
  }

  text(): string {
    const lines = [...this.#values.values()].map(({ labels, value }) => line(this.#name, this.#labels, labels, value));
    return head(this.#name, this.#help, 'counter') + lines.join('');
  }
}

interface Series {
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Counts values by bucket, for each set of labels. */
export class Histogram implements Metric {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const key = labels.join('\0');
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) return;
      series = { labels, counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
    series.count++;
  }

  text(): string {
    return (
      head(this.#name, this.#help, 'histogram') +
      [...this.#series.values()].map((one) => this.#seriesText(one)).join('')
    );
  }

  #seriesText({ labels, counts, sum, count }: Series): string {
    const names = [...this.#labels, 'le'];
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += counts[index] ?? 0;
      return line(`${this.#name}_bucket`, names, [...labels, String(bound)], below);
    });
    buckets.push(line(`${this.#name}_bucket`, names, [...labels, '+Inf'], count));
    buckets.push(
      line(`${this.#name}_sum`, this.#labels, labels, sum),
      line(`${this.#name}_count`, this.#labels, labels, count),
    );
    return buckets.join('');
  }
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, names: readonly string[], values: Labels, value: number): string {
  const pairs = names.map((label, index) => `${label}="${quoted(values[index] ?? '')}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

function quoted(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
