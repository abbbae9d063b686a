/** What differs from one workload to the next; `manifests.ts` makes the rest. */

/** A service as Kubernetes runs it. */
export interface Workload {
  readonly name: string;
  /** A fixed number of pods, or bounds between which the load on the processors decides. */
  readonly pods: number | { readonly least: number; readonly most: number };
  /** What the scheduler sets aside: processor in thousandths of a core, memory in MiB, of which twice is the limit. */
  readonly cpuMilli: number;
  readonly memoryMib: number;
  /** Generated ConfigMaps with its settings, beside its Secret `holdfast-<name>`. */
  readonly settings: readonly string[];
  /** Pods that may call it; `anyone` is what the ingress needs. */
  readonly callers: readonly string[] | "anyone";
  /** Whether it has a schema in Postgres and a user on the bus. */
  readonly hasData: boolean;
}

const common = "holdfast-settings";
const data = "holdfast-data-settings";

/** Everything that checks tokens fetches auth's keys. */
const everyone = ["gateway", "catalog", "booking", "payment", "notification"];

/** The gateway brings clients' calls; auth asks what is kept about a person who wants to know. */
const doors = ["gateway", "auth"];

/** Invoices say what only these two know. */
const invoiced = [...doors, "payment"];

export const workloads: readonly Workload[] = [
  {
    name: "gateway",
    pods: { least: 2, most: 10 },
    cpuMilli: 250,
    memoryMib: 192,
    settings: [common, "holdfast-gateway-settings"],
    callers: "anyone",
    hasData: false,
  },
  {
    name: "auth",
    pods: 2,
    cpuMilli: 250,
    memoryMib: 256,
    settings: [common, data, "holdfast-auth-settings"],
    callers: everyone,
    hasData: true,
  },
  {
    name: "catalog",
    pods: 2,
    cpuMilli: 100,
    memoryMib: 192,
    settings: [common, data],
    callers: invoiced,
    hasData: true,
  },
  {
    name: "booking",
    pods: { least: 2, most: 10 },
    cpuMilli: 500,
    memoryMib: 256,
    settings: [common, data],
    callers: invoiced,
    hasData: true,
  },
  {
    name: "payment",
    pods: 2,
    cpuMilli: 250,
    memoryMib: 256,
    settings: [common, data, "holdfast-payment-settings"],
    callers: doors,
    hasData: true,
  },
  {
    name: "notification",
    pods: 2,
    cpuMilli: 100,
    memoryMib: 192,
    settings: [common, data, "holdfast-notification-settings"],
    callers: doors,
    hasData: true,
  },
];
