// Random numbers that are the same on every run: everything the mock server answers follows from a seed.

/**
 * @param {number} seed
 */
export function seededRandom(seed) {
  let state = seed >>> 0;

  // Mulberry32: small, and good enough to look real.
  function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  return {
    next,
    /** An integer in [low, high]. @param {number} low @param {number} high */
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    /** Nanoseconds around `millis`, with the long tail of real latencies. @param {number} millis */
    latency: (millis) => Math.round(millis * 1e6 * (0.6 + 0.5 * next() + 0.25 / (0.08 + next()))),
    /** @param {number} probability */
    chance: (probability) => next() < probability,
    /** @template T @param {readonly T[]} items @returns {T} */
    pick: (items) => items[Math.floor(next() * items.length)],
    /** @param {number} digits */
    hex: (digits) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join(''),
  };
}

/** @typedef {ReturnType<typeof seededRandom>} Random */
