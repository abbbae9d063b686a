/** Everything that is published, as the files it is kept in; and what may not be overwritten. */
import { readdir, readFile } from "node:fs/promises";
import { stringify } from "yaml";
import { allEndpoints, publicEndpoints } from "../api/all.ts";
import type { EventDefinition } from "../define-event.ts";
import { allEvents } from "../events/all.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { compareSchemas } from "./compare-schemas.ts";
import { eventJsonSchema, type JsonSchema } from "./json-schema.ts";
import { openApiDocument } from "./openapi.ts";
import { permissionsPage } from "./permissions-page.ts";

/** Where the published schemas are kept: one file an event, named after its type. */
export const publishedFolder = new URL("../published/", import.meta.url);
const docsFolder = new URL("../../../docs/", import.meta.url);

const schemaSuffix = ".schema.json";

/** The schema file of every event, by file name. */
export function schemaFiles(events: readonly EventDefinition[]): Map<string, JsonSchema> {
  return new Map(events.map((event) => [`${event.type}${schemaSuffix}`, eventJsonSchema(event)]));
}

/** The schemas in a folder, by file name; none where the folder does not exist. */
export async function readSchemaFiles(folder: URL): Promise<Map<string, JsonSchema>> {
  const names = await readdir(folder).catch(() => []);
  const files = new Map<string, JsonSchema>();
  for (const name of names.filter((each) => each.endsWith(schemaSuffix)).toSorted()) {
    files.set(name, JSON.parse(await readFile(new URL(name, folder), "utf8")) as JsonSchema);
  }
  return files;
}

/** Why the published schemas may not be replaced with these: one sentence a reason, none if they may. */
export function refuseToReplace(
  published: ReadonlyMap<string, JsonSchema>,
  defined: ReadonlyMap<string, JsonSchema>,
): string[] {
  return [...published].flatMap(([name, old]) => {
    const type = name.slice(0, -schemaSuffix.length);
    const next = type.replace(/\d+$/, (version) => String(Number(version) + 1));
    const now = defined.get(name);
    if (now === undefined)
      return [`${type} is published and no longer defined: it must be emitted until nobody reads it.`];
    return compareSchemas(old, now).map(
      ({ at, what }) =>
        `${type}: ${at === "" ? "the event" : at} ${what}. Leave ${type} as it is and add ${next} beside it.`,
    );
  });
}

/** Every published file with its text. */
export function publishedFiles(): { url: URL; text: string }[] {
  // References and anchors of YAML are of no use to the tools that read these documents.
  const yaml = (document: unknown) =>
    `# Generated from packages/contracts by \`npm run contracts\`; change the definitions there.\n${stringify(
      JSON.parse(JSON.stringify(document)),
      { aliasDuplicateObjects: false, lineWidth: 0 },
    )}`;
  return [
    ...[...schemaFiles(allEvents)].map(([name, schema]) => ({
      url: new URL(name, publishedFolder),
      text: `${JSON.stringify(schema, null, 2)}\n`,
    })),
    { url: new URL("asyncapi.yaml", docsFolder), text: yaml(asyncApiDocument(allEvents)) },
    { url: new URL("openapi.yaml", docsFolder), text: yaml(openApiDocument(publicEndpoints)) },
    { url: new URL("permissions.md", docsFolder), text: permissionsPage(allEndpoints) },
  ];
}
