/** What a search shows of a resource, whatever was searched for. */
import type { SearchItem } from "@holdfast/contracts/api/search";
import type { ResourceSnapshot } from "@holdfast/contracts/resource-snapshot";

/** An item of a search without what depends on the search. */
export type ShownResource = Omit<SearchItem, "distanceKm" | "firstFree">;

export function shownOf({ resourceId, vendorId, vendorName, rules }: ResourceSnapshot): ShownResource {
  const { title, kind, zone, capacity, peoplePerUnit, location, price } = rules;
  const { amountMinor, currency, per, perPerson } = price;
  return {
    resourceId,
    vendorId,
    vendorName,
    title,
    kind,
    zone,
    capacity,
    peoplePerUnit,
    location,
    basePrice: { amountMinor, currency, per, perPerson },
  };
}

/** The item of a resource with the slot that was found, or none where none was asked for. */
export function itemOf(shown: ShownResource, firstFree: SearchItem["firstFree"]): SearchItem {
  return { ...shown, distanceKm: null, firstFree };
}
