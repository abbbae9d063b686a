/** `npm run contracts`: writes the published schemas and documents, unless that would break a published event. */
import { mkdir, writeFile } from "node:fs/promises";
import { allEvents } from "../events/all.ts";
import { publishedFiles, publishedFolder, readSchemaFiles, refuseToReplace, schemaFiles } from "./files.ts";

const refusals = refuseToReplace(await readSchemaFiles(publishedFolder), schemaFiles(allEvents));
if (refusals.length > 0) {
  console.error(refusals.join("\n"));
  process.exitCode = 1;
} else {
  const files = publishedFiles();
  for (const { url, text } of files) {
    await mkdir(new URL(".", url), { recursive: true });
    await writeFile(url, text);
  }
  console.log(`Wrote ${files.length} files.`);
}
