import { expect, test } from "vitest";
import { readableRows } from "./readable-rows.ts";

test("members are named as the API names them, and bytes are left out", () => {
  expect(readableRows([{ booking_id: "bkg_1", at: null, token_hash: Buffer.from("x"), a_b_c: [1] }])).toEqual(
    [{ bookingId: "bkg_1", at: null, aBC: [1] }],
  );
});
