/** Little that becomes much. */
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** Sixty megabytes of blanks: as many as fit into a body, at the best that gzip does. */
const bomb = Buffer.alloc(60_000_000, " ");
export const packed = {
  gzip: gzipSync(bomb),
  deflate: deflateSync(bomb),
  br: brotliCompressSync(bomb.subarray(0, 20_000_000)),
};
