import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { composeVariables, parseEnvironment, readCompose } from "./compose-file.fixture.ts";
import {
  deployedServices,
  drainSeconds,
  imageEnvironment,
  repositoryFile,
  unknownVariables,
} from "./deployed-services.fixture.ts";
import { environmentFile } from "./env-file.ts";

const example = repositoryFile(".env.example");
const sandboxEnvironment = parseEnvironment(environmentFile(example, { sandbox: true }));
const operators = {
  PUBLIC_URL: "https://api.example.com",
  STRIPE_API_KEY: "rk_live_example",
  STRIPE_WEBHOOK_SECRET: "whsec_example",
  SMTP_URL: "smtps://user:password@smtp.example.com:465",
  MAIL_FROM: "Holdfast <bookings@example.com>",
};
const productionEnvironment = {
  ...parseEnvironment(environmentFile(example, { sandbox: false })),
  ...operators,
};
const sandbox = readCompose(sandboxEnvironment);
const production = readCompose(productionEnvironment);
const names = Object.keys(deployedServices);
const all = Object.entries(sandbox.services);
const standIns = all.filter(([, { profiles }]) => profiles.includes("sandbox"));
const processes = all.filter(([, { image }]) => image.startsWith("holdfast/"));

function serviceOf(name: string, compose = sandbox) {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return found;
}

describe("what compose gives the services", () => {
  it.each(names)("gives %s everything it requires, in the sandbox and in production", (name) => {
    for (const compose of [sandbox, production]) {
      const environment = { ...imageEnvironment, ...serviceOf(name, compose).environment };
      const config = deployedServices[name]?.readConfig(environment);
      expect(config).toMatchObject({ HOST: "0.0.0.0", PORT: 8080 });
    }
  });

  it.each(names)("gives %s nothing it does not know", (name) => {
    expect(unknownVariables(name, serviceOf(name).environment)).toEqual([]);
  });

  it("runs production as production, and moves no time there", () => {
    for (const name of names) {
      const { environment } = serviceOf(name, production);
      expect(environment).toMatchObject({ HOLDFAST_ENV: "production", TEST_CLOCK: "off" });
    }
  });

  it("talks to Stripe itself unless told otherwise", () => {
    expect(serviceOf("payment", production).environment["STRIPE_API_URL"]).toBe("");
  });

  it("gives each service its own role in Postgres, with the password the role is made with", () => {
    const { environment: made } = serviceOf("postgres");
    for (const name of names.filter((each) => each !== "gateway")) {
      const { username, password, host, pathname } = new URL(
        serviceOf(name).environment["DATABASE_URL"] ?? "",
      );
      expect(username).toBe(`holdfast_${name}`);
      expect(password).toBe(made[`POSTGRES_${name.toUpperCase()}_PASSWORD`]);
      expect([host, pathname]).toEqual(["postgres:5432", `/${made["POSTGRES_DB"]}`]);
    }
  });

  it("gives each service its own user on the bus, with the password the bus knows", () => {
    const { environment: known } = serviceOf("nats");
    for (const name of names.filter((each) => each !== "gateway")) {
      const { environment } = serviceOf(name);
      expect(environment["NATS_USER"]).toBe(name);
      expect(environment["NATS_PASSWORD"]).toBe(known[`NATS_${name.toUpperCase()}_PASSWORD`]);
      expect(environment["NATS_URL"]).toBe("nats://nats:4222");
    }
  });

  it("gives Redis the password that its clients use", () => {
    const { environment, command } = serviceOf("redis");
    for (const name of names) {
      const { password, host } = new URL(serviceOf(name).environment["REDIS_URL"] ?? "");
      expect([password, host]).toEqual([environment["REDISCLI_AUTH"], "redis:6379"]);
    }
    expect(command).toContain(environment["REDISCLI_AUTH"]);
  });

  it("gives auth's clients the secrets auth knows them by", () => {
    const auth = serviceOf("auth").environment;
    const clients = names.filter((name) => name !== "auth");
    for (const name of clients) {
      const secret = auth[`${name.toUpperCase()}_CLIENT_SECRET`];
      expect(secret).toMatch(/^.{16,}$/);
      expect(serviceOf(name).environment["CLIENT_SECRET"]).toBe(secret);
    }
    const secrets = clients.map((name) => serviceOf(name).environment["CLIENT_SECRET"]);
    expect(new Set(secrets).size).toBe(clients.length);
  });

  it("sends services to each other where they listen", () => {
    const urls = names.flatMap((name) =>
      Object.entries(serviceOf(name).environment).filter(([key]) =>
        /^(AUTH|CATALOG|BOOKING|PAYMENT|NOTIFICATION)_URL$/.test(key),
      ),
    );
    expect(urls.length).toBeGreaterThan(names.length);
    for (const [key, url] of urls)
      expect(url).toBe(`http://${key.slice(0, -4).toLowerCase()}:${imageEnvironment["PORT"]}`);
  });
});

describe("the stand-ins", () => {
  it("start with the profile `sandbox` alone, which the sandbox's settings turn on", () => {
    expect(standIns.map(([name]) => name)).toEqual(["stripe", "mail"]);
    expect(sandboxEnvironment["COMPOSE_PROFILES"]).toBe("sandbox");
    expect(productionEnvironment).toMatchObject({ COMPOSE_PROFILES: "" });
  });

  it("are what payment and notification are sent to, with the same key and secret", () => {
    const stripe = serviceOf("stripe").environment;
    const payment = serviceOf("payment").environment;
    expect(payment["STRIPE_API_URL"]).toBe(`http://stripe:${stripe["PORT"]}`);
    expect(payment["STRIPE_API_KEY"]).toBe(stripe["STRIPE_API_KEY"]);
    expect(payment["STRIPE_WEBHOOK_SECRET"]).toBe(stripe["STRIPE_WEBHOOK_SECRET"]);
    expect(serviceOf("notification").environment["SMTP_URL"]).toBe(
      `smtp://mail:${serviceOf("mail").environment["SMTP_PORT"]}`,
    );
  });

  it("run programs that exist", () => {
    for (const [, { command }] of standIns) expect(existsSync(command[1] ?? "")).toBe(true);
  });
});

describe("the servers", () => {
  it("are told every password their configuration asks for", () => {
    const asked = (file: string, pattern: RegExp) =>
      new Set([...repositoryFile(file).matchAll(pattern)].map(([, name = ""]) => name));
    expect(Object.keys(serviceOf("nats").environment)).toEqual([
      ...asked("deploy/nats/nats.conf", /password: \$([A-Z_]+)/g),
    ]);
    expect(Object.keys(serviceOf("postgres").environment)).toEqual(
      expect.arrayContaining([...asked("deploy/postgres/initdb.sh", /\$\{([A-Z_]+):\?/g)]),
    );
  });

  it("keep what they store on volumes, and are given files that exist", () => {
    for (const name of ["postgres", "nats", "redis"]) {
      const [data = "", ...files] = serviceOf(name).volumes;
      expect(Object.keys(sandbox.volumes)).toContain(data.split(":")[0]);
      for (const file of files) {
        expect(existsSync(file.split(":")[0] ?? "")).toBe(true);
        expect(file).toMatch(/:ro$/);
      }
    }
  });

  it("hold as many connections as the services may open", () => {
    const pools = names.map((name) => Number(serviceOf(name).environment["DATABASE_POOL"] ?? 0));
    const [, limit] = /max_connections=(\d+)/.exec(String(serviceOf("postgres").command)) ?? [];
    expect(pools.reduce((sum, pool) => sum + pool)).toBeLessThan(Number(limit));
  });
});

describe("what can be reached", () => {
  it("publishes the gateway alone, and on this machine alone unless told otherwise", () => {
    const published = Object.entries(production.services).filter(
      ([, { ports, profiles }]) => ports.length + profiles.length > 0,
    );
    expect(
      published.filter(([, { profiles }]) => profiles.length === 0).map(([name, { ports }]) => [name, ports]),
    ).toEqual([["gateway", [`127.0.0.1:8080:${imageEnvironment["PORT"]}`]]]);
    for (const [, { ports }] of standIns) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it("keeps Postgres and the bus where neither the gateway nor the outside reaches them", () => {
    expect(sandbox.networks["data"]?.internal).toBe(true);
    expect(serviceOf("postgres").networks).toEqual(["data"]);
    expect(serviceOf("nats").networks).toEqual(["data"]);
    for (const [name, { networks }] of [...standIns, ["gateway", serviceOf("gateway")] as const]) {
      expect(networks, name).toEqual(["default"]);
    }
  });
});

describe("how it runs", () => {
  it("builds each service's image from its own folder", () => {
    for (const name of names) {
      const { image, build } = serviceOf(name);
      expect(image).toBe(`holdfast/${name}:latest`);
      expect(build).toMatchObject({ target: "service", args: { SERVICE: name } });
    }
  });

  it("starts what depends on another only when that is healthy", () => {
    for (const [name, { depends_on: dependsOn }] of all) {
      for (const [needed, { condition }] of Object.entries(dependsOn)) {
        expect(condition, name).toBe("service_healthy");
        expect(needed in deployedServices || serviceOf(needed).healthcheck !== undefined, needed).toBe(true);
      }
    }
    expect(Object.keys(serviceOf("gateway").depends_on)).toEqual(
      expect.arrayContaining(names.filter((name) => name !== "gateway")),
    );
    for (const name of names.filter((each) => each !== "gateway")) {
      expect(Object.keys(serviceOf(name).depends_on)).toEqual(["postgres", "nats", "redis"]);
    }
  });

  it("gives our processes no right they do not need, and nothing to write to", () => {
    expect(processes).toHaveLength(names.length + standIns.length);
    for (const [, process] of processes) {
      expect(process).toMatchObject({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
      expect(process.user).toBeUndefined();
    }
  });

  it("restarts what dies, waits for what drains, and bounds the logs", () => {
    for (const [name, { restart, logging }] of all) {
      expect(restart, name).toBe("unless-stopped");
      expect(logging, name).toMatchObject({ options: { "max-size": "10m" } });
    }
    for (const [, { stop_grace_period: grace = "" }] of processes) {
      expect(Number.parseInt(grace, 10)).toBeGreaterThan(drainSeconds);
    }
  });
});

describe(".env", () => {
  it("has every variable that compose reads, and no other", () => {
    const read = new Set([...composeVariables().map(({ name }) => name), "COMPOSE_PROFILES"]);
    expect(Object.keys(parseEnvironment(example)).toSorted()).toEqual([...read].toSorted());
  });

  it("carries no secret in the example", () => {
    const filled = Object.entries(parseEnvironment(example)).filter(
      ([name, value]) => /PASSWORD|SECRET|KEY|SMTP/.test(name) && value !== "",
    );
    expect(filled).toEqual([]);
  });

  it.each(Object.keys(operators))("is refused by name while %s is empty", (name) => {
    expect(() => readCompose({ ...productionEnvironment, [name]: "" })).toThrow(name);
  });

  it("is refused without any password or secret of ours", () => {
    const required = composeVariables().filter(({ required: needed }) => needed);
    for (const { name } of required)
      expect(() => readCompose({ ...productionEnvironment, [name]: "" }), name).toThrow(name);
    const {
      ADMIN_PASSWORD: _,
      GOOGLE_CLIENT_SECRET: _optional,
      ...secrets
    } = Object.fromEntries(
      Object.entries(productionEnvironment).filter(([name]) => /_(PASSWORD|SECRET)$/.test(name)),
    );
    expect(required.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(secrets)));
  });

  it("is made with a fresh secret for each name, fit for a URL and for nats-server", () => {
    const isSecret = ([name]: [string, string]) =>
      /_(PASSWORD|SECRET)$/.test(name) && name !== "STRIPE_WEBHOOK_SECRET";
    const secrets = Object.entries(sandboxEnvironment)
      .filter(isSecret)
      .map(([, value]) => value);
    const others = Object.values(parseEnvironment(environmentFile(example, { sandbox: true })));
    expect(new Set(secrets).size).toBe(secrets.length);
    for (const secret of secrets) {
      expect(secret).toMatch(/^[a-z][\w-]{31,}$/);
      expect(others).not.toContain(secret);
    }
  });
});
