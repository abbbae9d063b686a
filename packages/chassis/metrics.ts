/** Prometheus metrics with a bound on how many series a label can make. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

/** Values of a metric's labels. */
export type Labels<L extends string> = Readonly<Record<L, string | number>>;

/** Counts what happens. */
export interface Count<L extends string> {
  add(labels: Labels<L>, by?: number): void;
}

/** How long, or how large, things are. */
export interface Distribution<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

/** How much there is right now. */
export interface Level<L extends string> {
  set(labels: Labels<L>, value: number): void;
}

interface Description<L extends string> {
  /** Prometheus name with its unit: `http_server_request_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
}

/** A service's metrics; a metric asked for twice under one name is the same metric. */
export interface Metrics {
  counter<L extends string>(of: Description<L>): Count<L>;
  histogram<L extends string>(of: Description<L> & { readonly buckets?: readonly number[] }): Distribution<L>;
  /** `read`, where given, is called at each scrape for the value of the one unlabelled series. */
  gauge<L extends string>(of: Description<L> & { readonly read?: () => number }): Level<L>;
  /** The text exposition of everything. */
  expose(): Promise<string>;
  readonly contentType: string;
}

/** Beyond this many combinations of label values a metric counts the rest under `other`. */
const mostSeries = 500;

/** From 1 ms to 10 s, dense where the promises are (50 ms, 250 ms). */
const durationBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Keeps a metric's labels bounded: known combinations pass, the first `mostSeries` new ones become known. */
function boundLabels<L extends string>(names: readonly L[]): (labels: Labels<L>) => Labels<L> {
  const known = new Set<string>();
  const other = Object.fromEntries(names.map((name) => [name, "other"])) as Record<L, string>;
  return (labels) => {
    let key = "";
    for (const name of names) key += `${labels[name]}\u0000`;
    if (known.has(key)) return labels;
    if (known.size >= mostSeries) return other;
    known.add(key);
    return labels;
  };
}

/** Metrics of one service in a registry of their own, with the process' default ones. */
export function createMetrics(name: string, options: { readonly defaults?: boolean } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: name });
  if (options.defaults !== false) collectDefaultMetrics({ register: registry });
  const made = new Map<string, unknown>();
  const once = <T>(metric: string, make: () => T): T => {
    const existing = made.get(metric) as T | undefined;
    if (existing !== undefined) return existing;
    const fresh = make();
    made.set(metric, fresh);
    return fresh;
  };
  const settings = (of: Description<string>) => ({
    name: of.name,
    help: of.help,
    labelNames: [...of.labels],
    registers: [registry],
  });
  return {
    counter: (of) =>
      once(of.name, () => {
        const counter = new Counter(settings(of));
        const bound = boundLabels(of.labels);
        return { add: (labels, by = 1) => counter.inc(bound(labels), by) };
      }),
    histogram: (of) =>
      once(of.name, () => {
        const histogram = new Histogram({ ...settings(of), buckets: [...(of.buckets ?? durationBuckets)] });
        const bound = boundLabels(of.labels);
        return { observe: (labels, value) => histogram.observe(bound(labels), value) };
      }),
    gauge: (of) =>
      once(of.name, () => {
        const { read } = of;
        const gauge: Gauge = new Gauge({
          ...settings(of),
          ...(read && { collect: () => gauge.set(read()) }),
        });
        const bound = boundLabels(of.labels);
        return { set: (labels, value) => gauge.set(bound(labels), value) };
      }),
    expose: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
