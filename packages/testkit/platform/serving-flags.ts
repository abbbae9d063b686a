/**
 * How Node runs a service in its image, whose command says the same, and in benchmarks. By V8's own counts a service asked
 * 50 times a second runs most of its code unoptimised for minutes; with a third of them its main thread took an eighth to a
 * quarter less for a month's slots, the gateway's as well. A larger young generation lets what a request made die in it.
 * `npm start` goes without: until it is ready, a service compiles some 0.1 s more of CPU with them.
 */
export const servingFlags = [
  "--invocation-count-for-maglev=100",
  "--invocation-count-for-turbofan=1000",
  "--minimum-invocations-after-ic-update=100",
  "--min-semi-space-size=16",
  "--max-semi-space-size=32",
] as const;
