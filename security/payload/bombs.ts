/** Little that becomes much. */
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

/** A hundred megabytes of blanks. */
const bomb = Buffer.alloc(100_000_000, " ");
export const packed = {
  gzip: gzipSync(bomb).subarray(0, 60_000),
  deflate: deflateSync(bomb).subarray(0, 60_000),
  br: brotliCompressSync(bomb.subarray(0, 20_000_000)),
};
