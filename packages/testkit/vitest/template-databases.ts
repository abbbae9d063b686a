/** What test files' databases are copies of: each is made once a run, when the first file asks for one like it. */
import { randomBytes } from "node:crypto";
import { openDatabase } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import { migrate } from "@holdfast/chassis/migrate";
import { z } from "zod";
import { createDatabase, dropDatabase } from "../servers/database.ts";
import { type ServiceName, serviceNames } from "../servers/services.ts";

/** What a new database has in it: roles and schemas alone, or one service's tables as well, as after its first start. */
export const startingPoint = z.enum(["empty", ...serviceNames]);

/** See `startingPoint`. */
export type StartingPoint = z.infer<typeof startingPoint>;

async function bringUpToDate(service: ServiceName, url: string): Promise<void> {
  const log = createLogger("test", "silent");
  const applicationName = "template";
  await using database = openDatabase({ url, poolSize: 1, log, applicationName });
  const directory = new URL(`../../../services/${service}/migrations/`, import.meta.url);
  await migrate({ pool: database.pool, directory, log });
}

/** The templates of one server. */
export class TemplateDatabases implements AsyncDisposable {
  readonly #adminUrl: string;
  // Of this run alone: another one, on a server that outlives them, may have other migrations.
  readonly #prefix = `template_${randomBytes(4).toString("hex")}`;
  readonly #made = new Map<StartingPoint, Promise<string>>();

  constructor(adminUrl: string) {
    this.#adminUrl = adminUrl;
  }

  /** The name of the database to copy. */
  nameOf(start: StartingPoint): Promise<string> {
    const known = this.#made.get(start);
    if (known !== undefined) return known;
    const making = this.#make(start);
    this.#made.set(start, making);
    return making;
  }

  async #make(start: StartingPoint): Promise<string> {
    const place = { adminUrl: this.#adminUrl, name: `${this.#prefix}_${start}` };
    if (start === "empty") await createDatabase(place);
    else {
      const made = await createDatabase({ ...place, template: await this.nameOf("empty") });
      await bringUpToDate(start, made.urlFor(start));
    }
    return place.name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const made = await Promise.allSettled(this.#made.values());
    for (const each of made)
      if (each.status === "fulfilled") await dropDatabase({ adminUrl: this.#adminUrl, name: each.value });
  }
}
