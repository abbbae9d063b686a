/** A global setup of vitest: one Postgres for all test files of a project, started when the first of them asks. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { startPostgres } from "../servers/postgres.ts";
import { startingPoint, TemplateDatabases } from "./template-databases.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /**
     * Below it each starting point answers with the superuser's URL of the shared Postgres, which the first request starts,
     * and with the name of the database there to copy.
     */
    testDatabasesUrl: string;
  }
}

async function startShared() {
  await using starting = new AsyncDisposableStack();
  const { adminUrl } = starting.use(await startPostgres());
  const templates = starting.use(new TemplateDatabases(adminUrl));
  const started = starting.move();
  return { adminUrl, templates, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
type Shared = Awaited<ReturnType<typeof startShared>>;

async function answerWith(starting: Promise<Shared>, path: string, response: ServerResponse): Promise<void> {
  try {
    const { adminUrl, templates } = await starting;
    const template = await templates.nameOf(startingPoint.parse(path.slice(1)));
    response.end(JSON.stringify({ adminUrl, template }));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

/** Runs before a project's first file; what it returns runs after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<Shared> | undefined;
  const server = createServer(
    (request, response) => void answerWith((starting ??= startShared()), request.url ?? "", response),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  project.provide("testDatabasesUrl", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    const shared = await starting?.catch(() => undefined);
    await shared?.[Symbol.asyncDispose]();
  };
}
