/** Every event catalog consumes. */
import type { Clock } from "@holdfast/chassis/clock";
import { consume } from "@holdfast/chassis/consumer";
import { userErased } from "@holdfast/contracts/events/auth";
import { erasePeople } from "./personal-data/erase-person.ts";

export function consumers(deps: { readonly clock: Clock }) {
  return [consume(userErased, erasePeople(deps))];
}
