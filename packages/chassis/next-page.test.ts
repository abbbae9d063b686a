import { page, pageQuery } from "@holdfast/contracts/api/paging";
import { defineEndpoint } from "@holdfast/contracts/define-endpoint";
import { expect, test } from "vitest";
import { z } from "zod";
import { nextPageLink } from "./next-page.ts";

const list = defineEndpoint({
  name: "listThings",
  service: "catalog",
  method: "get",
  path: "/v1/shelves/{shelfId}/things",
  summary: "Things",
  access: "public",
  query: pageQuery.extend({ colour: z.union([z.string(), z.array(z.string())]).optional() }),
  answers: { status: 200, description: "A page", body: page(z.string()) },
});
const { query: _query, ...single } = list;

test("a page links to the next one with everything that was asked for, the cursor exchanged", () => {
  const asked = "/v1/shelves/s%201/things?colour=red&colour=a%26b&after=old&limit=2";
  expect(nextPageLink(list, asked, { items: ["a"], next: "n&w" })).toBe(
    '</v1/shelves/s%201/things?colour=red&colour=a%26b&after=n%26w&limit=2>; rel="next"',
  );
  expect(nextPageLink(list, "/v1/shelves/s/things", { items: ["a"], next: "x" })).toBe(
    '</v1/shelves/s/things?after=x>; rel="next"',
  );
});

test("the last page links nowhere, nor does what is no page", () => {
  expect(nextPageLink(list, "/v1/shelves/s/things", { items: [], next: null })).toBeUndefined();
  expect(nextPageLink(list, "/v1/shelves/s/things", undefined)).toBeUndefined();
  expect(nextPageLink(single, "/v1/shelves/s/things", { next: "x" })).toBeUndefined();
});
