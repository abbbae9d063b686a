/** Whether the public holidays that rules name are known. */
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import Holidays from "date-holidays";
import { holidaysUnknown } from "../problems.ts";

const calendars = new Holidays();

/**
 * Lets pass rules whose country and region `date-holidays` knows; booking reads the holidays from there too.
 * @throws holidaysUnknown naming the member
 */
export function checkHolidays({ holidays }: Pick<ResourceRules, "holidays">): void {
  if (holidays === null) return;
  const { country, region } = holidays;
  if (!Object.hasOwn(calendars.getCountries(), country))
    refuse("country", "is no country with known holidays");
  if (region === undefined) return;
  if (!Object.hasOwn(calendars.getStates(country) ?? {}, region)) {
    refuse("region", `is no region of ${country} with holidays of its own`);
  }
}

function refuse(member: "country" | "region", message: string): never {
  const errors = [{ field: `rules.holidays.${member}`, message, code: "unknown" }];
  throw holidaysUnknown(undefined, { errors });
}
