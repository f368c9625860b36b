// When each of a growing number of lanes is free again, and which is the first run of lanes that is free at a given time.
//
// A tree of minima over the lanes: busy ones are skipped in steps of powers of two, so that thousands of siblings that all
// overlap are placed in n log n. One instance is used again and again; `clear` costs as much as was used.

export class FreeLanes {
  // Lanes in use so far; those beyond are free at any time.
  count = 0;
  #leaves = 64;
  #tree = new Float64Array(2 * 64).fill(Number.NEGATIVE_INFINITY);

  clear(): void {
    for (let lane = 0; lane < this.count; lane++) this.#set(lane, Number.NEGATIVE_INFINITY);
    this.count = 0;
  }

  // The first of `height` lanes below each other that are free from `begin` on.
  firstFit(height: number, begin: number): number {
    let place = this.#firstFree(0, begin);
    for (let lane = place; lane < place + height && lane < this.count; lane++) {
      if (this.#tree[this.#leaves + lane] <= begin) continue;
      place = this.#firstFree(lane + 1, begin);
      lane = place - 1;
    }
    return place;
  }

  // From now on busy until `end`.
  take(place: number, height: number, end: number): void {
    while (place + height > this.#leaves) this.#grow();
    for (let lane = place; lane < place + height; lane++) this.#set(lane, end);
    this.count = Math.max(this.count, place + height);
  }

  #firstFree(from: number, begin: number): number {
    if (from >= this.count) return from;
    let node = this.#leaves + from;
    while (this.#tree[node] > begin) {
      // Up while it is a right child, then to the neighbour on the right.
      while (node & 1) node >>= 1;
      if (node === 0) return this.#leaves;
      node++;
    }
    while (node < this.#leaves) {
      node *= 2;
      if (this.#tree[node] > begin) node++;
    }
    return node - this.#leaves;
  }

  #set(lane: number, end: number): void {
    let node = this.#leaves + lane;
    this.#tree[node] = end;
    while (node > 1) {
      node >>= 1;
      const least = Math.min(this.#tree[2 * node], this.#tree[2 * node + 1]);
      if (this.#tree[node] === least) return;
      this.#tree[node] = least;
    }
  }

  #grow(): void {
    const before = this.#tree.subarray(this.#leaves, this.#leaves + this.count);
    this.#leaves *= 2;
    this.#tree = new Float64Array(2 * this.#leaves).fill(Number.NEGATIVE_INFINITY);
    before.forEach((end, lane) => {
      this.#set(lane, end);
    });
  }
}
