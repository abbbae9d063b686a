import { expect, test } from "vitest";
import { renderProblems } from "./problems-page.ts";

test("each code is an anchor once, whether it stands in a heading, a table or a list", () => {
  const page = renderProblems(
    "## `booking/slot-taken`\n| `auth/forbidden` | 403 |\n- request/invalid\n- request/invalid again",
  );
  for (const code of ["booking/slot-taken", "auth/forbidden", "request/invalid"]) {
    expect(page.split(`id="${code}"`)).toHaveLength(2);
  }
});

test("what is written there is shown, never run", () => {
  expect(renderProblems("<script>alert(1)</script>")).toContain("&lt;script>");
});
