import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import {
  deployedServices,
  drainSeconds,
  imageEnvironment,
  repositoryFile,
  unknownVariables,
} from "../deployed-services.fixture.ts";
import { manifestFile } from "./manifests.ts";
import { workloads } from "./workloads.ts";

const names = Object.keys(deployedServices);

const strings = z.record(z.string(), z.string());
const kustomization = z
  .looseObject({
    resources: z.array(z.string()),
    images: z.array(z.object({ name: z.string(), newTag: z.string() })),
    configMapGenerator: z.array(z.object({ name: z.string(), literals: z.array(z.string()) })),
  })
  .parse(parse(repositoryFile("deploy/k8s/base/kustomization.yaml")));

const settings = new Map(
  kustomization.configMapGenerator.map(({ name, literals }) => [
    name,
    Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s, 2) as [string, string])),
  ]),
);

const secret = z.looseObject({ metadata: z.object({ name: z.string() }), stringData: strings });
const secrets = new Map(
  parseAllDocuments(repositoryFile("deploy/k8s/secrets.example.yaml")).map((document) => {
    const { metadata, stringData } = secret.parse(document.toJS());
    const values = Object.entries(stringData).map(([name, value]) => [
      name,
      value.replace("…", "s".repeat(40)),
    ]);
    return [metadata.name, Object.fromEntries(values) as Record<string, string>];
  }),
);

const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const container = z.looseObject({
  image: z.string(),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  envFrom: z.array(
    z.object({
      configMapRef: z.object({ name: z.string() }).optional(),
      secretRef: z.object({ name: z.string() }).optional(),
    }),
  ),
  env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
});
const pod = z.looseObject({
  terminationGracePeriodSeconds: z.number(),
  containers: z.tuple([container]),
});
const deployment = z.looseObject({ spec: z.looseObject({ template: z.looseObject({ spec: pod }) }) });

const base = "deploy/k8s/base";

function objectsOf(file: string): Record<string, unknown>[] {
  return parseAllDocuments(repositoryFile(`${base}/${file}`)).map(
    (document) => document.toJS() as Record<string, unknown>,
  );
}

function objectOf(name: string, kind: string): Record<string, unknown> | undefined {
  return objectsOf(`${name}.yaml`).find((object) => object["kind"] === kind);
}

function podOf(name: string): z.infer<typeof pod> {
  return deployment.parse(objectOf(name, "Deployment")).spec.template.spec;
}

function environmentOf(name: string): Record<string, string> {
  const [{ envFrom, env }] = podOf(name).containers;
  const sources = envFrom.map(({ configMapRef, secretRef }) => {
    const found = settings.get(configMapRef?.name ?? "") ?? secrets.get(secretRef?.name ?? "");
    if (found === undefined)
      throw new Error(`${name} reads ${configMapRef?.name ?? secretRef?.name}, which is nowhere`);
    return found;
  });
  return Object.assign(
    {},
    ...sources,
    Object.fromEntries(env.map(({ name: key, value }) => [key, value])),
  ) as Record<string, string>;
}

describe("the manifests", () => {
  it("are what the generator writes", () => {
    for (const workload of workloads) {
      expect(repositoryFile(`${base}/${workload.name}.yaml`), "run `node deploy/k8s/write.ts`").toBe(
        manifestFile(workload),
      );
    }
  });

  it("are all in the kustomization, one a service", () => {
    expect(workloads.map(({ name }) => name)).toEqual(names);
    const files = readdirSync(new URL("base/", import.meta.url)).filter(
      (file) => file !== "kustomization.yaml",
    );
    expect(kustomization.resources.toSorted()).toEqual(files.toSorted());
    expect(kustomization.images.map(({ name }) => name)).toEqual(
      names.map((name) => podOf(name).containers[0].image),
    );
  });
});

describe("what Kubernetes gives the services", () => {
  it.each(names)("gives %s everything it requires, for production", (name) => {
    const config = deployedServices[name]?.readConfig({ ...imageEnvironment, ...environmentOf(name) });
    expect(config).toMatchObject({ HOLDFAST_ENV: "production", HOST: "0.0.0.0", PORT: 8080 });
  });

  it.each(names)("gives %s nothing it does not know", (name) => {
    expect(unknownVariables(name, environmentOf(name))).toEqual([]);
  });

  it("keeps secrets out of the settings", () => {
    const keys = [...settings.values()].flatMap((values) => Object.keys(values));
    expect(keys.filter((key) => /PASSWORD|SECRET|_KEY|DATABASE_URL|REDIS_URL|SMTP_URL/.test(key))).toEqual(
      [],
    );
  });

  it("gives each service its own role and user alone", () => {
    for (const name of names.filter((each) => each !== "gateway")) {
      const { DATABASE_URL = "", NATS_USER } = environmentOf(name);
      expect([new URL(DATABASE_URL).username, NATS_USER]).toEqual([`holdfast_${name}`, name]);
    }
  });

  it("sends services to each other where they listen", () => {
    const urls = names
      .flatMap((name) => Object.entries(environmentOf(name)))
      .filter(([key]) => /^(AUTH|CATALOG|BOOKING|PAYMENT|NOTIFICATION)_URL$/.test(key));
    expect(urls.length).toBeGreaterThan(names.length);
    for (const [key, url] of urls) {
      const { hostname, port } = new URL(url);
      expect(hostname).toBe(key.slice(0, -4).toLowerCase());
      expect(objectOf(hostname, "Service")).toMatchObject({
        spec: {
          selector: { "app.kubernetes.io/name": hostname },
          ports: [{ port: Number(port), targetPort: "http" }],
        },
      });
    }
  });
});

describe.each(names)("%s", (name) => {
  const [{ ports, startupProbe, livenessProbe, readinessProbe, lifecycle }] = podOf(name).containers;

  it("is asked for its health on the port it listens on", () => {
    expect(ports).toEqual([{ name: "http", containerPort: Number(imageEnvironment["PORT"]) }]);
    expect(startupProbe.httpGet).toEqual({ path: "/livez", port: "http" });
    expect(livenessProbe.httpGet).toEqual({ path: "/livez", port: "http" });
    expect(readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" });
  });

  it("has the time to drain before it is killed", () => {
    const needed = lifecycle.preStop.sleep.seconds + drainSeconds;
    expect(podOf(name).terminationGracePeriodSeconds).toBeGreaterThan(needed);
  });

  it("is not root and writes nowhere", () => {
    expect(podOf(name)).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    });
  });

  it("loses one pod at a time", () => {
    expect(objectOf(name, "PodDisruptionBudget")).toMatchObject({
      spec: { maxUnavailable: 1, selector: { matchLabels: { "app.kubernetes.io/name": name } } },
    });
  });

  it("is called by whom it is told to alone: the doors, who checks tokens, who writes invoices", () => {
    const matching = (caller: string) => ({
      podSelector: { matchLabels: { "app.kubernetes.io/name": caller } },
    });
    const alsoPayment = name === "catalog" || name === "booking" ? ["payment"] : [];
    const callers =
      name === "auth" ? names.filter((each) => each !== "auth") : ["gateway", "auth", ...alsoPayment];
    const [rule] = (
      objectOf(name, "NetworkPolicy") as { spec: { ingress: [{ from?: unknown; ports: unknown }] } }
    ).spec.ingress;
    expect(rule.from).toEqual(name === "gateway" ? undefined : callers.map(matching));
    expect(rule.ports).toEqual([{ protocol: "TCP", port: "http" }]);
  });
});

it("lets load decide how many gateways and bookings there are", () => {
  const scaled = names.filter((name) => objectOf(name, "HorizontalPodAutoscaler") !== undefined);
  expect(scaled).toEqual(["gateway", "booking"]);
  for (const name of scaled) {
    expect(objectOf(name, "HorizontalPodAutoscaler")).toMatchObject({
      spec: { scaleTargetRef: { kind: "Deployment", name } },
    });
    expect(objectOf(name, "Deployment")).not.toHaveProperty("spec.replicas");
  }
});

it("lets the outside in at the gateway alone", () => {
  const [ingress] = objectsOf("ingress.yaml");
  expect(ingress).toMatchObject({
    spec: {
      rules: [
        {
          http: { paths: [{ path: "/", backend: { service: { name: "gateway", port: { name: "http" } } } }] },
        },
      ],
    },
  });
});
