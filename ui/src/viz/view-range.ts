// The part of the trace that is on screen, from `t0` to `t1`. Zooming and panning change it; watchers are told.
//
// Lives outside of React: a zoom frame must not render components.

// A thousandth of a microsecond across the screen is below what clocks resolve.
const SHORTEST_NS = 10;
const EASE_MS = 100;

// Two moments whose distance is wanted, the earlier one first.
export interface Measured {
  readonly from: number;
  readonly to: number;
}

export class ViewRange {
  readonly durationNs: number;
  // The moment under the mouse pointer, null while it is elsewhere.
  pointer: number | null = null;
  #t0 = 0;
  #t1: number;
  #measured: Measured | null = null;
  #revision = 0;
  #animation = 0;
  readonly #watchers = new Set<() => void>();

  constructor(durationNs: number) {
    this.durationNs = Math.max(1, durationNs);
    this.#t1 = this.durationNs;
  }

  get t0(): number {
    return this.#t0;
  }

  get t1(): number {
    return this.#t1;
  }

  // Grows with each change: something small to compare.
  get revision(): number {
    return this.#revision;
  }

  get isWhole(): boolean {
    return this.#t0 === 0 && this.#t1 === this.durationNs;
  }

  get measured(): Measured | null {
    return this.#measured;
  }

  // Null takes the measure away.
  measure(measured: Measured | null): void {
    const within = (at: number) => Math.min(this.durationNs, Math.max(0, at));
    this.#measured = measured && {
      from: within(Math.min(measured.from, measured.to)),
      to: within(Math.max(measured.from, measured.to)),
    };
    this.#tell();
  }

  // How many times the trace is magnified.
  get zoom(): number {
    return this.durationNs / (this.#t1 - this.#t0);
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  set(t0: number, t1: number): void {
    cancelAnimationFrame(this.#animation);
    this.#apply(t0, t1);
  }

  reset(): void {
    this.set(0, this.durationNs);
  }

  // Magnifies by `factor` around a moment, which stays where it is.
  zoomAround(at: number, factor: number): void {
    const target = this.#zoomed(at, factor);
    this.set(target[0], target[1]);
  }

  // Moves by a share of what is on screen.
  panBy(share: number): void {
    const shift = (this.#t1 - this.#t0) * share;
    this.set(this.#t0 + shift, this.#t1 + shift);
  }

  // The same with a short ease, for keys: a jump would lose the eye. `eased` is false for those who want no motion.
  glideTo(t0: number, t1: number, eased: boolean): void {
    cancelAnimationFrame(this.#animation);
    if (!eased) {
      this.#apply(t0, t1);
      return;
    }
    const [from0, from1] = [this.#t0, this.#t1];
    const begun = performance.now();
    const step = (now: number) => {
      const done = Math.min(1, (now - begun) / EASE_MS);
      const way = 1 - (1 - done) ** 3;
      this.#apply(from0 + (t0 - from0) * way, from1 + (t1 - from1) * way);
      if (done < 1) this.#animation = requestAnimationFrame(step);
    };
    this.#animation = requestAnimationFrame(step);
  }

  glideZoom(at: number, factor: number, eased: boolean): void {
    const target = this.#zoomed(at, factor);
    this.glideTo(target[0], target[1], eased);
  }

  #zoomed(at: number, factor: number): [number, number] {
    const length = Math.min(this.durationNs, Math.max(SHORTEST_NS, (this.#t1 - this.#t0) / factor));
    const place = (at - this.#t0) / (this.#t1 - this.#t0);
    return [at - place * length, at - place * length + length];
  }

  #apply(t0: number, t1: number): void {
    const length = Math.min(this.durationNs, Math.max(SHORTEST_NS, t1 - t0));
    const begin = Math.min(Math.max(0, t0), this.durationNs - length);
    if (begin === this.#t0 && begin + length === this.#t1) return;
    this.#t0 = begin;
    this.#t1 = begin + length;
    this.#tell();
  }

  #tell(): void {
    this.#revision++;
    for (const watcher of this.#watchers) watcher();
  }
}
