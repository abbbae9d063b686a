/** Every event auth consumes. */
import { consume } from "@holdfast/chassis/consumer";
import { vendorMemberAdded, vendorMemberRemoved, vendorRegistered } from "@holdfast/contracts/events/catalog";
import { applyMemberAdded, applyMemberRemoved, applyRegistered } from "./vendors/apply-member-events.ts";

export function consumers() {
  return [
    consume(vendorRegistered, applyRegistered),
    consume(vendorMemberAdded, applyMemberAdded),
    consume(vendorMemberRemoved, applyMemberRemoved),
  ];
}
