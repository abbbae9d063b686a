/**
 * What an opening and a night are in real instants where clocks change, zone by zone. Worked out from each zone's
 * published transitions (`zdump -v`) with offsets and sums alone, and never from what it tests. Where a zone has given up
 * changing its clocks (Apia, Asuncion, Casablanca, Tehran, Sao Paulo), a year in which it did is taken.
 */

/** One opening and one night that a clock change falls into; all instants are in UTC. */
export interface ZoneRow {
  readonly zone: string;
  /** What the clock does: jumps over wall-clock time, or shows some of it twice. */
  readonly change: string;
  /** The date the opening begins on, and its wall-clock hours; an end before the start is on the next date. */
  readonly date: string;
  readonly open: { readonly from: string; readonly to: string };
  /** How long it is open in real minutes, and what all of it costs at 60.00 an hour. */
  readonly minutes: number;
  readonly priceMinor: number;
  /** Starts of an hour's length, on a grid of 30 minutes. */
  readonly slots: readonly string[];
  /** The night around the change, from 15:00 to 11:00 on the wall, and its real minutes. */
  readonly night: { readonly startsAt: string; readonly endsAt: string; readonly minutes: number };
}

// zone | change | offset as it opens, as it closes | opening | minutes, price | slots | night
const table = `
Australia/Lord_Howe | gap | +10:30 +11:00 | 2027-10-03 00:00-04:00 | 210 21000 | 2027-10-02T13:30 14:00 14:30 15:00 15:30 16:00 | 2027-10-02T04:30 2027-10-03T00:00 1170
Australia/Lord_Howe | overlap | +11:00 +10:30 | 2027-04-04 00:00-04:00 | 270 27000 | 2027-04-03T13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30 | 2027-04-03T04:00 2027-04-04T00:30 1230
Pacific/Chatham | gap | +12:45 +13:45 | 2027-09-26 01:00-05:00 | 180 18000 | 2027-09-25T12:15 12:45 13:15 13:45 14:15 | 2027-09-25T02:15 2027-09-25T21:15 1140
Pacific/Chatham | overlap | +13:45 +12:45 | 2027-04-04 01:00-05:00 | 300 30000 | 2027-04-03T11:15 11:45 12:15 12:45 13:15 13:45 14:15 14:45 15:15 | 2027-04-03T01:15 2027-04-03T22:15 1260
Pacific/Apia | gap | +13:00 +14:00 | 2020-09-27 01:00-05:00 | 180 18000 | 2020-09-26T12:00 12:30 13:00 13:30 14:00 | 2020-09-26T02:00 2020-09-26T21:00 1140
Pacific/Apia | overlap | +14:00 +13:00 | 2021-04-04 01:00-05:00 | 300 30000 | 2021-04-03T11:00 11:30 12:00 12:30 13:00 13:30 14:00 14:30 15:00 | 2021-04-03T01:00 2021-04-03T22:00 1260
Africa/Casablanca | gap | +00:00 +01:00 | 2025-04-06 00:00-04:00 | 180 18000 | 2025-04-06T00:00 00:30 01:00 01:30 02:00 | 2025-04-05T15:00 2025-04-06T10:00 1140
Africa/Casablanca | overlap | +01:00 +00:00 | 2025-02-23 00:00-04:00 | 300 30000 | 2025-02-22T23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30 03:00 | 2025-02-22T14:00 2025-02-23T11:00 1260
America/St_Johns | gap | -03:30 -02:30 | 2027-03-14 00:00-04:00 | 180 18000 | 2027-03-14T03:30 04:00 04:30 05:00 05:30 | 2027-03-13T18:30 2027-03-14T13:30 1140
America/St_Johns | overlap | -02:30 -03:30 | 2027-11-07 00:00-04:00 | 300 30000 | 2027-11-07T02:30 03:00 03:30 04:00 04:30 05:00 05:30 06:00 06:30 | 2027-11-06T17:30 2027-11-07T14:30 1260
Europe/Lisbon | gap | +00:00 +01:00 | 2027-03-28 00:00-04:00 | 180 18000 | 2027-03-28T00:00 00:30 01:00 01:30 02:00 | 2027-03-27T15:00 2027-03-28T10:00 1140
Europe/Lisbon | overlap | +01:00 +00:00 | 2027-10-31 00:00-04:00 | 300 30000 | 2027-10-30T23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30 03:00 | 2027-10-30T14:00 2027-10-31T11:00 1260
Europe/Dublin | gap | +00:00 +01:00 | 2027-03-28 00:00-04:00 | 180 18000 | 2027-03-28T00:00 00:30 01:00 01:30 02:00 | 2027-03-27T15:00 2027-03-28T10:00 1140
Europe/Dublin | overlap | +01:00 +00:00 | 2027-10-31 00:00-04:00 | 300 30000 | 2027-10-30T23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30 03:00 | 2027-10-30T14:00 2027-10-31T11:00 1260
America/New_York | gap | -05:00 -04:00 | 2027-03-14 00:00-04:00 | 180 18000 | 2027-03-14T05:00 05:30 06:00 06:30 07:00 | 2027-03-13T20:00 2027-03-14T15:00 1140
America/New_York | overlap | -04:00 -05:00 | 2027-11-07 00:00-04:00 | 300 30000 | 2027-11-07T04:00 04:30 05:00 05:30 06:00 06:30 07:00 07:30 08:00 | 2027-11-06T19:00 2027-11-07T16:00 1260
America/Santiago | gap | -04:00 -03:00 | 2027-09-04 22:00-03:00 | 240 24000 | 2027-09-05T02:00 02:30 03:00 03:30 04:00 04:30 05:00 | 2027-09-04T19:00 2027-09-05T14:00 1140
America/Santiago | overlap | -03:00 -04:00 | 2027-04-03 22:00-02:00 | 300 30000 | 2027-04-04T01:00 01:30 02:00 02:30 03:00 03:30 04:00 04:30 05:00 | 2027-04-03T18:00 2027-04-04T15:00 1260
Africa/Cairo | gap | +02:00 +03:00 | 2027-04-29 22:00-03:00 | 240 24000 | 2027-04-29T20:00 20:30 21:00 21:30 22:00 22:30 23:00 | 2027-04-29T13:00 2027-04-30T08:00 1140
Africa/Cairo | overlap | +03:00 +02:00 | 2027-10-28 22:00-02:00 | 300 30000 | 2027-10-28T19:00 19:30 20:00 20:30 21:00 21:30 22:00 22:30 23:00 | 2027-10-28T12:00 2027-10-29T09:00 1260
Asia/Gaza | gap | +02:00 +03:00 | 2027-03-27 00:00-04:00 | 180 18000 | 2027-03-26T22:00 22:30 23:00 23:30 00:00 | 2027-03-26T13:00 2027-03-27T08:00 1140
Asia/Gaza | overlap | +03:00 +02:00 | 2027-10-30 00:00-04:00 | 300 30000 | 2027-10-29T21:00 21:30 22:00 22:30 23:00 23:30 00:00 00:30 01:00 | 2027-10-29T12:00 2027-10-30T09:00 1260
Asia/Tehran | gap | +04:30 +04:30 | 2022-03-22 00:00-04:00 | 180 18000 | 2022-03-21T20:30 21:00 21:30 22:00 22:30 | 2022-03-21T11:30 2022-03-22T06:30 1140
Asia/Tehran | overlap | +04:30 +03:30 | 2022-09-21 21:00-00:30 | 270 27000 | 2022-09-21T16:30 17:00 17:30 18:00 18:30 19:00 19:30 20:00 | 2022-09-21T10:30 2022-09-22T07:30 1260
America/Nuuk | gap | -02:00 -01:00 | 2027-03-27 22:00-02:00 | 180 18000 | 2027-03-28T00:00 00:30 01:00 01:30 02:00 | 2027-03-27T17:00 2027-03-28T12:00 1140
America/Nuuk | overlap | -01:00 -02:00 | 2027-10-30 22:00-02:00 | 300 30000 | 2027-10-30T23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30 03:00 | 2027-10-30T16:00 2027-10-31T13:00 1260
Asia/Beirut | gap | +02:00 +03:00 | 2027-03-27 22:00-03:00 | 240 24000 | 2027-03-27T20:00 20:30 21:00 21:30 22:00 22:30 23:00 | 2027-03-27T13:00 2027-03-28T08:00 1140
Asia/Beirut | overlap | +03:00 +02:00 | 2027-10-30 22:00-02:00 | 300 30000 | 2027-10-30T19:00 19:30 20:00 20:30 21:00 21:30 22:00 22:30 23:00 | 2027-10-30T12:00 2027-10-31T09:00 1260
America/Havana | gap | -05:00 -04:00 | 2027-03-13 22:00-03:00 | 240 24000 | 2027-03-14T03:00 03:30 04:00 04:30 05:00 05:30 06:00 | 2027-03-13T20:00 2027-03-14T15:00 1140
America/Havana | overlap | -04:00 -05:00 | 2027-11-06 22:00-02:00 | 300 30000 | 2027-11-07T02:00 02:30 03:00 03:30 04:00 04:30 05:00 05:30 06:00 | 2027-11-06T19:00 2027-11-07T16:00 1260
Atlantic/Azores | gap | -01:00 +00:00 | 2027-03-27 22:00-03:00 | 240 24000 | 2027-03-27T23:00 23:30 00:00 00:30 01:00 01:30 02:00 | 2027-03-27T16:00 2027-03-28T11:00 1140
Atlantic/Azores | overlap | +00:00 -01:00 | 2027-10-30 22:00-02:00 | 300 30000 | 2027-10-30T22:00 22:30 23:00 23:30 00:00 00:30 01:00 01:30 02:00 | 2027-10-30T15:00 2027-10-31T12:00 1260
America/Asuncion | gap | -04:00 -03:00 | 2024-10-05 22:00-03:00 | 240 24000 | 2024-10-06T02:00 02:30 03:00 03:30 04:00 04:30 05:00 | 2024-10-05T19:00 2024-10-06T14:00 1140
America/Asuncion | overlap | -03:00 -04:00 | 2024-03-23 22:00-02:00 | 300 30000 | 2024-03-24T01:00 01:30 02:00 02:30 03:00 03:30 04:00 04:30 05:00 | 2024-03-23T18:00 2024-03-24T15:00 1260
Pacific/Norfolk | gap | +11:00 +12:00 | 2027-10-03 00:00-04:00 | 180 18000 | 2027-10-02T13:00 13:30 14:00 14:30 15:00 | 2027-10-02T04:00 2027-10-02T23:00 1140
Pacific/Norfolk | overlap | +12:00 +11:00 | 2027-04-04 00:00-04:00 | 300 30000 | 2027-04-03T12:00 12:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 | 2027-04-03T03:00 2027-04-04T00:00 1260
Antarctica/Troll | gap | +00:00 +02:00 | 2027-03-28 00:00-05:00 | 180 18000 | 2027-03-28T00:00 00:30 01:00 01:30 02:00 | 2027-03-27T15:00 2027-03-28T09:00 1080
Antarctica/Troll | overlap | +02:00 +00:00 | 2027-10-31 00:00-04:00 | 360 36000 | 2027-10-30T22:00 22:30 23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30 03:00 | 2027-10-30T13:00 2027-10-31T11:00 1320
America/Sao_Paulo | gap | -03:00 -02:00 | 2018-11-03 22:00-03:00 | 240 24000 | 2018-11-04T01:00 01:30 02:00 02:30 03:00 03:30 04:00 | 2018-11-03T18:00 2018-11-04T13:00 1140
America/Sao_Paulo | overlap | -02:00 -03:00 | 2018-02-17 22:00-02:00 | 300 30000 | 2018-02-18T00:00 00:30 01:00 01:30 02:00 02:30 03:00 03:30 04:00 | 2018-02-17T17:00 2018-02-18T14:00 1260
Asia/Kathmandu | none | +05:45 +05:45 | 2027-03-28 00:00-04:00 | 240 24000 | 2027-03-27T18:15 18:45 19:15 19:45 20:15 20:45 21:15 | 2027-03-27T09:15 2027-03-28T05:15 1200
Asia/Kolkata | none | +05:30 +05:30 | 2027-03-28 00:00-04:00 | 240 24000 | 2027-03-27T18:30 19:00 19:30 20:00 20:30 21:00 21:30 | 2027-03-27T09:30 2027-03-28T05:30 1200
`;

/** Every row of the table. */
export const zoneTable: readonly ZoneRow[] = table.trim().split("\n").map(readRow);

function readRow(line: string): ZoneRow {
  const [zone, change, , opening, sums, slots, night] = line.split(" | ");
  const [date, hours] = opening!.split(" ");
  const [from, to] = hours!.split("-");
  const [minutes, priceMinor] = sums!.split(" ");
  const [startsAt, endsAt, nightMinutes] = night!.split(" ");
  return {
    zone: zone!,
    change: change!,
    date: date!,
    open: { from: from!, to: to! },
    minutes: Number(minutes),
    priceMinor: Number(priceMinor),
    slots: readSlots(slots!.split(" ")),
    night: { startsAt: `${startsAt}:00Z`, endsAt: `${endsAt}:00Z`, minutes: Number(nightMinutes) },
  };
}

/** The first has its date; an earlier time than the one before is on the next. */
function readSlots([first, ...rest]: readonly string[]): string[] {
  let [date, before] = [Temporal.PlainDate.from(first!.slice(0, 10)), first!.slice(11)];
  const times = rest.map((time) => {
    if (time < before) date = date.add({ days: 1 });
    before = time;
    return `${date.toString()}T${time}:00Z`;
  });
  return [`${first}:00Z`, ...times];
}
