/** The Kubernetes objects of one workload. */
import { stringify } from "yaml";
import type { Workload } from "./workloads.ts";

type Manifest = Readonly<Record<string, unknown>>;

/** Every service listens here; the image says the same. */
const port = 8080;

/** The user `node` of the image, by number: Kubernetes cannot tell from a name that it is not root. */
const userId = 1000;

/** Until the endpoints have forgotten a pod that ends, calls still arrive: only then is it told to drain. */
const forgottenAfterSeconds = 3;

/** The above, ten seconds of draining, and a little. */
const graceSeconds = 15;

const appLabel = "app.kubernetes.io/name";

function metadata({ name }: Workload): Manifest {
  return { name, labels: { [appLabel]: name } };
}

function selector(name: string): Manifest {
  return { matchLabels: { [appLabel]: name } };
}

function probe(path: string, times: Manifest): Manifest {
  return { httpGet: { path, port: "http" }, ...times };
}

function container({ name, cpuMilli, memoryMib, settings, hasData }: Workload): Manifest {
  return {
    name,
    image: `holdfast/${name}`,
    ports: [{ name: "http", containerPort: port }],
    envFrom: [
      ...settings.map((configMap) => ({ configMapRef: { name: configMap } })),
      { secretRef: { name: `holdfast-${name}` } },
    ],
    ...(hasData ? { env: [{ name: "NATS_USER", value: name }] } : {}),
    // A first start migrates the schema before it listens.
    startupProbe: probe("/livez", { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 60 }),
    livenessProbe: probe("/livez", { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }),
    readinessProbe: probe("/readyz", { periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 }),
    lifecycle: { preStop: { sleep: { seconds: forgottenAfterSeconds } } },
    // No limit on the processor: throttling a pod that could run costs latency and saves nothing.
    resources: {
      requests: { cpu: `${cpuMilli}m`, memory: `${memoryMib}Mi` },
      limits: { memory: `${memoryMib * 2}Mi` },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

function deployment(workload: Workload): Manifest {
  const { name, pods } = workload;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(workload),
    spec: {
      // Where the load decides, a number here would undo its decision at every apply.
      ...(typeof pods === "number" ? { replicas: pods } : {}),
      selector: selector(name),
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { [appLabel]: name } },
        spec: {
          automountServiceAccountToken: false,
          // Otherwise every Service of the namespace adds variables to the environment.
          enableServiceLinks: false,
          terminationGracePeriodSeconds: graceSeconds,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: userId,
            runAsGroup: userId,
            seccompProfile: { type: "RuntimeDefault" },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: selector(name),
            },
          ],
          containers: [container(workload)],
        },
      },
    },
  };
}

function service(workload: Workload): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(workload),
    spec: {
      selector: { [appLabel]: workload.name },
      ports: [{ name: "http", port, targetPort: "http" }],
    },
  };
}

function disruptionBudget(workload: Workload): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(workload),
    spec: { maxUnavailable: 1, selector: selector(workload.name) },
  };
}

function networkPolicy(workload: Workload): Manifest {
  const { name, callers } = workload;
  const from =
    callers === "anyone" ? {} : { from: callers.map((caller) => ({ podSelector: selector(caller) })) };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metadata(workload),
    spec: {
      podSelector: selector(name),
      policyTypes: ["Ingress"],
      ingress: [{ ...from, ports: [{ protocol: "TCP", port: "http" }] }],
    },
  };
}

function autoscaler(workload: Workload): Manifest[] {
  const { name, pods } = workload;
  if (typeof pods === "number") return [];
  return [
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: metadata(workload),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        minReplicas: pods.least,
        maxReplicas: pods.most,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
          },
        ],
      },
    },
  ];
}

/** The file of one workload: Deployment, Service, PodDisruptionBudget, NetworkPolicy, and an autoscaler where it scales. */
export function manifestFile(workload: Workload): string {
  const manifests = [
    deployment(workload),
    service(workload),
    disruptionBudget(workload),
    networkPolicy(workload),
    ...autoscaler(workload),
  ];
  const header = "# Written by `node deploy/k8s/write.ts` from workloads.ts and manifests.ts; do not edit.\n";
  return (
    header + manifests.map((manifest) => stringify(manifest, { aliasDuplicateObjects: false })).join("---\n")
  );
}
