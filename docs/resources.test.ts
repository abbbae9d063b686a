import { describe, expect, test } from "vitest";
import { resourceRules, type ResourceRules } from "../packages/contracts/resource-snapshot.ts";
import { checkOpening } from "../services/booking/calendar/check-time.ts";
import { OpeningRules } from "../services/booking/calendar/opening-rules.ts";
import { priceOf } from "../services/booking/pricing/price.ts";
import { fences, plain, readDocument, tableOf } from "./markdown.ts";

const { text } = readDocument("docs/resources.md");

/** Each example by its heading. */
const examples = new Map(
  text
    .split(/^## /m)
    .map((section) => [section.split("\n", 1)[0]!, fences(section)[0]?.body] as const)
    .filter((section): section is [string, string] => section[1] !== undefined),
);

const named = (table: string) => tableOf(text, table).rows.map(([name]) => plain(name));

describe.for([...examples])("%s", ([, body]) => {
  test("is described by rules that are taken as they stand", () => {
    expect(resourceRules.safeParse(JSON.parse(body)).error?.issues).toBeUndefined();
  });
});

test("there is an example of each trade, and no kind twice", () => {
  const kinds = [...examples.values()].map((body) => (JSON.parse(body) as ResourceRules).kind);
  expect(kinds).toEqual(["room", "doctor", "chair", "desk", "court"]);
});

describe("bookings of the examples are open and cost what is said:", () => {
  test.for(tableOf(text, "example").rows.map((row) => [row.join(", "), row] as const))("%s", ([, row]) => {
    const [example = "", from = "", to = "", units, people, extras = "", costs] = row;
    const rules = resourceRules.parse(JSON.parse(examples.get(example) ?? "null"));
    const at = (time: string) =>
      Temporal.PlainDateTime.from(time.replace(" ", "T")).toZonedDateTime(rules.zone).epochMilliseconds;
    const asked = { startsAt: at(from), endsAt: at(to) };
    const time = checkOpening(new OpeningRules(rules), asked);
    if (typeof time === "string") throw new Error(`${example} cannot be booked: ${time}`);
    const price = priceOf(rules.price, {
      ...asked,
      zone: rules.zone,
      length: time.length,
      quantity: Number(units),
      people: Number(people),
      leadMinutes: 1440,
      occupancyPercent: 0,
      extras: [...extras.matchAll(/(\d+) (\S+)/g)].map(([, quantity, code = ""]) => ({
        code,
        quantity: Number(quantity),
      })),
      promotion: null,
    });
    expect(price).toMatchObject({ total: { amountMinor: Number(costs) } });
  });
});

describe("the tables name every member and no other:", () => {
  const { availability, price, ...others } = resourceRules.shape;
  const [hours, nights] = availability.options;

  test("of the rules", () => {
    const members = [...Object.keys(others), "availability", "price"];
    expect([...named("rule"), ...named("terms")].toSorted()).toEqual(members.toSorted());
  });

  test("of hours and nights", () => {
    expect(named("hours").toSorted()).toEqual(Object.keys(hours.shape).toSorted());
    expect(named("nights").toSorted()).toEqual(Object.keys(nights.shape).toSorted());
  });

  test("of a price and its conditions", () => {
    expect(named("price").toSorted()).toEqual(Object.keys(price.shape).toSorted());
    const { when } = price.shape.adjustments.unwrap().element.shape;
    expect(named("condition").toSorted()).toEqual(Object.keys(when.shape).toSorted());
  });
});
