/**
 * Works on all of them, in order, on `atOnce` at the same time (4 where not said): what is made ready all at once, such as
 * accounts with their passwords to hash, runs into the platform's own limits where the machine has much else to do.
 * @throws what the first failure throws; nothing is begun after it
 */
export async function fewAtATime<T, R>(
  all: readonly T[],
  work: (one: T, index: number) => Promise<R>,
  atOnce = 4,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let hasFailed = false;
  const lane = async (): Promise<void> => {
    while (next < all.length && !hasFailed) {
      const index = next++;
      try {
        results[index] = await work(all[index]!, index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}
