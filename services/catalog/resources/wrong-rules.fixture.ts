/** Rules with one thing wrong, made from rules that are right. */
import { chairRules } from "../catalog-world.fixture.ts";

/** By the night, as a client sends them. */
export const roomRules = {
  ...chairRules,
  availability: { by: "nights", checkIn: "15:00", checkOut: "11:00", minimumNights: 1, maximumNights: 30 },
  price: { per: "night", amountMinor: 9000, currency: "EUR" },
};

/** Members set in rules that are right otherwise, by their path; the first is named as wrong where no other is said. */
export interface Wrong {
  readonly what: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly names?: string;
  readonly of?: object;
  readonly status?: 400 | 422;
}

export const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Rules with members set by their path. */
export function rulesWith({ set, of = chairRules }: Wrong): object {
  const rules = structuredClone(of) as Record<string, unknown>;
  for (const [path, value] of Object.entries(set)) {
    const names = path.split(".");
    let at = rules;
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
    at[names.at(-1)!] = value;
  }
  return rules;
}
