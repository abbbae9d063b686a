/**
 * Bundles the programs of the platform's processes into the folder named on the command line. A process of its own: it takes
 * a gigabyte, which who starts a platform is to have back.
 */
import { strict as assert } from "node:assert";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { platformServices, standIns } from "./platform-ports.ts";

const repository = join(import.meta.dirname, "../../..");

const programs = Object.fromEntries([
  ...platformServices.map((name) => [name, join(repository, "services", name, "main.ts")]),
  ...standIns.map((name) => [name, join(repository, "packages/testkit", name, "main.ts")]),
]);

/** They start from files of their own: a native program, a thread. */
const leftAlone = [/^@node-rs\//, "pino"];

/** What a module finds beside itself it finds where it lies in the repository or among the packages, not beside the bundle. */
const ownAddresses: Plugin = {
  name: "own-addresses",
  transform: {
    filter: { code: /\bimport\.meta\.(?:url|dirname|filename)\b/ },
    handler: (code, id) => ({
      code: code
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(id)))
        .replaceAll("import.meta.filename", JSON.stringify(id)),
      // Lines stay what they are.
      map: null,
    }),
  },
};

/** Lines are told of our own code: Node reads all there is to tell at every start, and of packages that is five times as much. */
const noLinesOfPackages: Plugin = {
  name: "no-lines-of-packages",
  transform: {
    filter: { id: /\/node_modules\// },
    handler: (code) => ({ code, map: { mappings: "" } }),
  },
};

const folder = process.argv[2];
assert(folder !== undefined, "the folder to bundle into is missing");
await using bundle = await rolldown({
  input: programs,
  platform: "node",
  external: leftAlone,
  plugins: [ownAddresses, noLinesOfPackages],
  // It warns of what packages try to import and do without.
  logLevel: "silent",
});
await bundle.write({
  dir: folder,
  format: "esm",
  entryFileNames: "[name].mjs",
  chunkFileNames: "[name].chunk.mjs",
  sourcemap: true,
  sourcemapExcludeSources: true,
});
