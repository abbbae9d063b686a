import { expect, test } from "vitest";
import { chooseFormat } from "./answer-sheet.ts";

test.for([
  [undefined, undefined, "json"],
  [undefined, "*/*", "json"],
  [undefined, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"],
  [undefined, "application/pdf", "pdf"],
  [undefined, "application/json;q=0.5, application/pdf;q=0.9", "pdf"],
  [undefined, "text/*", "html"],
  [undefined, "application/json;q=0, */*", "html"],
  [undefined, "TEXT/HTML", "html"],
  [undefined, "image/png", "json"],
  [undefined, "", "json"],
  ["pdf", "text/html", "pdf"],
  ["json", "text/html", "json"],
] as const)("format %s, Accept %s: %s", ([format, accept, chosen]) => {
  expect(chooseFormat(format, accept)).toBe(chosen);
});
