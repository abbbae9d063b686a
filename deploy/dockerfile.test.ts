import { globSync } from "node:fs";
import { createMetrics } from "@holdfast/chassis/metrics";
import { mountHealth } from "@holdfast/chassis/health";
import type { NodeBindings } from "@holdfast/chassis/exchange";
import { createReadiness } from "@holdfast/chassis/readiness";
import { servingFlags } from "@holdfast/testkit/platform/serving-flags";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { dockerfile, dockerStage, imageEnvironment, repositoryFile } from "./deployed-services.fixture.ts";

const service = dockerStage("service");

describe("the image of a service", () => {
  it("is installed from the manifests of all workspaces", () => {
    const copied = [...dockerfile.matchAll(/^COPY ((?:packages|services)\/[\w-]+\/package\.json) /gm)].map(
      ([, path = ""]) => path,
    );
    expect(copied.toSorted()).toEqual(globSync("{packages,services}/*/package.json").toSorted());
  });

  it("has no development dependency, no testkit, and the versions of the lock file", () => {
    const packages = dockerStage("service-packages").join("\n");
    expect(packages).toContain('npm ci --workspace="services/$SERVICE" --omit=dev --ignore-scripts');
    expect(packages).toContain("packages/testkit");
    expect(service.filter((line) => line.includes("testkit"))).toEqual([]);
    const sources = service
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
      .map((line) => line.split(" ")[1]);
    expect(sources).toEqual([
      "docs/problems.md",
      "packages/contracts",
      "packages/chassis",
      "services/$SERVICE",
    ]);
  });

  it("runs as the user node, in production, on every address of its own", () => {
    expect(service.findLast((line) => line.startsWith("USER "))).toBe("USER node");
    expect(imageEnvironment).toEqual({
      NODE_ENV: "production",
      HOLDFAST_ENV: "production",
      HOST: "0.0.0.0",
      PORT: "8080",
    });
    expect(service).toContain(`EXPOSE ${imageEnvironment["PORT"]}`);
    expect(dockerStage("stand-ins")).toContain("USER node");
  });

  it("starts Node as the first process, so that SIGTERM reaches it, with the flags that are measured", () => {
    const [, command = ""] = /^CMD (.*)$/.exec(service.at(-1) ?? "") ?? [];
    expect(JSON.parse(command)).toEqual(["node", ...servingFlags, "main.ts"]);
    expect(service.findLast((line) => line.startsWith("WORKDIR "))).toBe(
      "WORKDIR /holdfast/services/$SERVICE",
    );
  });

  it("asks for its health where every service answers, and follows the answer", async () => {
    const app = new Hono<{ Bindings: NodeBindings }>();
    const readiness = createReadiness();
    mountHealth(app, { readiness, metrics: createMetrics("image") });
    const [, path = ""] = /127\.0\.0\.1:\$\{process\.env\.PORT\}(\/\w+)/.exec(dockerfile) ?? [];
    expect((await app.request(path)).status).toBe(200);
    readiness.drain();
    expect((await app.request(path)).status).toBe(503);
  });
});

describe("what is sent to the builder", () => {
  it("is named, so that no secret and no installed package is in an image by accident", () => {
    const lines = repositoryFile(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines[0]).toBe("*");
    expect(lines.slice(-4)).toEqual(["**/node_modules", "**/*.test.ts", "**/*.fixture.ts", "**/.env*"]);
  });
});
