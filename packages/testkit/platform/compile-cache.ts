import { join } from "node:path";

/** For every process's environment: compiled code is kept between starts, which else parse and strip its types anew. */
export const compileCache = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, "../../../node_modules/.cache/node-compile"),
} as const;
