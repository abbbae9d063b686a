import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("exposes what was counted and observed, with the service's name", async () => {
  const metrics = createMetrics("booking", { defaults: false });
  const counter = metrics.counter({ name: "things_total", help: "Things", labels: ["kind"] });
  counter.add({ kind: "a" });
  counter.add({ kind: "a" }, 2);
  metrics
    .histogram({ name: "took_seconds", help: "Took", labels: ["kind"], buckets: [1, 2] })
    .observe({ kind: "a" }, 1.5);
  metrics.gauge({ name: "level", help: "Level", labels: [], read: () => 7 });
  const text = await metrics.expose();
  expect(text).toContain('things_total{kind="a",service="booking"} 3');
  expect(text).toContain('took_seconds_bucket{le="2",service="booking",kind="a"} 1');
  expect(text).toContain('level{service="booking"} 7');
});

test("a label with endless values ends up as other", async () => {
  const metrics = createMetrics("booking", { defaults: false });
  const counter = metrics.counter({ name: "things_total", help: "Things", labels: ["id"] });
  for (let id = 0; id < 2_000; id += 1) counter.add({ id });
  const text = await metrics.expose();
  expect(text.match(/^things_total\{/gm)).toHaveLength(501);
  expect(text).toContain('things_total{id="other",service="booking"} 1500');
});

test("a metric asked for twice is the same one", async () => {
  const metrics = createMetrics("booking", { defaults: false });
  const of = { name: "things_total", help: "Things", labels: [] } as const;
  metrics.counter(of).add({});
  metrics.counter(of).add({});
  expect(await metrics.expose()).toContain('things_total{service="booking"} 2');
});
