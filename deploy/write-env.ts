/** `node deploy/write-env.ts [--sandbox]`: makes .env beside docker-compose.yml; one that is there is left alone. */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { environmentFile } from "./env-file.ts";

const { values } = parseArgs({ options: { sandbox: { type: "boolean", default: false } } });
const example = await readFile(new URL("../.env.example", import.meta.url), "utf8");
const text = environmentFile(example, values);
try {
  await writeFile(new URL("../.env", import.meta.url), text, { mode: 0o600, flag: "wx" });
  console.log("Wrote .env.");
} catch (error) {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  console.error(".env is there already: its passwords are those of the volumes, so it was not replaced.");
  process.exitCode = 1;
}
