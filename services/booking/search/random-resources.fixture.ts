/** Random resources with random time taken, for a week with clock changes in some of their zones. */
import { completeRules, deskRules } from "@holdfast/testkit/resource-rules";
import fc from "fast-check";

export const hourMs = 3_600_000;
const zones = ["Europe/Lisbon", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const monday = Temporal.PlainDate.from("2027-03-22");
/** About the middle of what is searched. */
export const middle = Date.parse("2027-03-27T00:00:00Z");

const hourText = (hour: number) => `${String(hour).padStart(2, "0")}:00`;

export const rulesByHours = fc
  .record({
    zone: fc.constantFrom(...zones),
    capacity: fc.integer({ min: 1, max: 3 }),
    opens: fc.integer({ min: 0, max: 23 }),
    openHours: fc.integer({ min: 1, max: 12 }),
    openDays: fc.subarray([...days], { minLength: 1 }),
    step: fc.constantFrom(30, 60),
    buffers: fc.constantFrom([0, 0], [15, 45]),
    noticeMinutes: fc.constantFrom(0, 90, 2880),
    windowDays: fc.constantFrom(3, 365),
  })
  .map(({ opens, openHours, openDays, step, buffers, ...rest }) => {
    const hours = { from: hourText(opens), to: hourText((opens + openHours) % 24) };
    return completeRules({
      ...deskRules,
      ...rest,
      bufferBeforeMinutes: buffers[0]!,
      bufferAfterMinutes: buffers[1]!,
      availability: {
        by: "hours",
        weekly: Object.fromEntries(openDays.map((day) => [day, [hours]])),
        granularityMinutes: step,
        minimumMinutes: step,
        maximumMinutes: 240,
      },
    });
  });

export const rulesByNights = fc
  .record({ zone: fc.constantFrom(...zones), capacity: fc.integer({ min: 1, max: 3 }) })
  .map((rest) =>
    completeRules({
      ...deskRules,
      ...rest,
      closedOn: ["2027-03-26"],
      availability: { by: "nights", checkIn: "15:00", checkOut: "11:00", minimumNights: 1, maximumNights: 4 },
      price: { per: "night", amountMinor: 100, currency: "EUR" },
    }),
  );

export const taken = fc.array(
  fc
    .tuple(fc.integer({ min: -150, max: 250 }), fc.integer({ min: 1, max: 60 }))
    .map(([from, length]) => ({ from: middle + from * hourMs, to: middle + (from + length) * hourMs })),
  { maxLength: 30 },
);
