/**
 * A store by id that remembers the order of arrival and can drop its oldest entries cheaply.
 *
 * A plain Map used first-in-first-out degrades: finding its oldest key walks every deleted one.
 * Here positions are absolute, so dropping from the front never renumbers what stays.
 */
export class Shelf<T extends { readonly id: string }> {
  #slots: (T | undefined)[] = [];
  #base = 0;
  #head = 0;
  #positions = new Map<string, number>();

  get size(): number {
    return this.#positions.size;
  }

  get(id: string): T | undefined {
    const position = this.#positions.get(id);
    return position === undefined ? undefined : this.#slots[position - this.#base];
  }

  /** Adds an entry as the newest. An id already present keeps its place and takes the new value. */
  put(item: T): void {
    const position = this.#positions.get(item.id);
    if (position === undefined) {
      this.#positions.set(item.id, this.#base + this.#slots.length);
      this.#slots.push(item);
    } else {
      this.#slots[position - this.#base] = item;
    }
  }

  remove(id: string): T | undefined {
    const position = this.#positions.get(id);
    if (position === undefined) return undefined;
    const index = position - this.#base;
    const item = this.#slots[index];
    this.#slots[index] = undefined;
    this.#positions.delete(id);
    this.#trim();
    return item;
  }

  /** Removes and returns the entry that has been here longest. */
  removeOldest(): T | undefined {
    const oldest = this.#slots[this.#head];
    return oldest === undefined ? undefined : this.remove(oldest.id);
  }

  clear(): void {
    this.#slots = [];
    this.#base = 0;
    this.#head = 0;
    this.#positions.clear();
  }

  *oldestFirst(after?: string): Generator<T> {
    const start = after === undefined ? undefined : this.#positions.get(after);
    let index = start === undefined ? this.#head : start - this.#base + 1;
    for (; index < this.#slots.length; index += 1) {
      const item = this.#slots[index];
      if (item !== undefined) yield item;
    }
  }

  /** Newest first, from the entry that arrived just before `startingAfter` where that is given. */
  *newestFirst(startingAfter?: string): Generator<T> {
    const start = startingAfter === undefined ? undefined : this.#positions.get(startingAfter);
    let index = start === undefined ? this.#slots.length - 1 : start - this.#base - 1;
    for (; index >= this.#head; index -= 1) {
      const item = this.#slots[index];
      if (item !== undefined) yield item;
    }
  }

  #trim(): void {
    while (this.#head < this.#slots.length && this.#slots[this.#head] === undefined) this.#head += 1;
    if (this.#head > 1024 && this.#head > this.#slots.length / 2) {
      this.#slots = this.#slots.slice(this.#head);
      this.#base += this.#head;
      this.#head = 0;
    } else if (this.#slots.length > this.size * 4 + 4096) {
      this.#renumber();
    }
  }

  /** Only an entry that stays at the front for ever, with holes behind it, leads here. */
  #renumber(): void {
    this.#slots = this.#slots.filter((item) => item !== undefined);
    this.#base = 0;
    this.#head = 0;
    this.#positions.clear();
    this.#slots.forEach((item, index) => {
      if (item !== undefined) this.#positions.set(item.id, index);
    });
  }
}
