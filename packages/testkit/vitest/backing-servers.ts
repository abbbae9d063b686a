/** A global setup of vitest: one Postgres for all test files of a project, started when the first of them asks. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { type PostgresHandle, startPostgres } from "../servers/postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Answers with the superuser's URL of the shared Postgres, which the first request starts. */
    sharedPostgresUrl: string;
  }
}

async function answerWith(starting: Promise<PostgresHandle>, response: ServerResponse): Promise<void> {
  try {
    response.end((await starting).adminUrl);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

/** Runs before a project's first file; what it returns runs after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<PostgresHandle> | undefined;
  const server = createServer(
    (_request, response) => void answerWith((starting ??= startPostgres()), response),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  project.provide("sharedPostgresUrl", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    const postgres = await starting?.catch(() => undefined);
    await postgres?.[Symbol.asyncDispose]();
  };
}
