// How durations are distributed, as bars of equal width on a logarithmic axis.
//
// What comes are the bins of a sketch, some 2 % apart: far finer than a bar. Each goes to the bar that its duration is in,
// whole.

export interface DurationCount {
  duration_ns: number;
  ok: number;
  error: number;
}

export interface HistogramBar {
  fromNs: number;
  toNs: number;
  ok: number;
  error: number;
}

// Bars have round ends: so many to each power of ten. `most` is how many bars there may be.
const PER_DECADE = [50, 25, 20, 10, 5, 2, 1];

export function histogram(counts: readonly DurationCount[], most: number): HistogramBar[] {
  const shown = counts.filter(({ duration_ns, ok, error }) => duration_ns > 0 && ok + error > 0);
  if (shown.length === 0) return [];
  const logs = shown.map(({ duration_ns }) => Math.log10(duration_ns));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const placeOf = (log: number, perDecade: number) => Math.floor(log * perDecade + 1e-9);
  const fits = (perDecade: number) => placeOf(high, perDecade) - placeOf(low, perDecade) < most;
  const perDecade = PER_DECADE.find(fits) ?? 1;
  const first = placeOf(low, perDecade);
  const bars: HistogramBar[] = [];
  for (let place = first; place <= placeOf(high, perDecade); place++)
    bars.push({ fromNs: 10 ** (place / perDecade), toNs: 10 ** ((place + 1) / perDecade), ok: 0, error: 0 });
  shown.forEach(({ ok, error }, i) => {
    const bar = bars[placeOf(logs[i], perDecade) - first];
    bar.ok += ok;
    bar.error += error;
  });
  return bars;
}

// Where a duration lies on the axis of the bars, 0…1; outside of them it is at the end.
export function placeOnAxis(bars: readonly HistogramBar[], ns: number): number {
  const [low, high] = [Math.log10(bars[0].fromNs), Math.log10(bars[bars.length - 1].toNs)];
  return Math.min(1, Math.max(0, (Math.log10(Math.max(ns, 1e-3)) - low) / (high - low)));
}

// The powers of ten that lie within the bars, and where they are few some values between them.
export function axisMarks(bars: readonly HistogramBar[]): number[] {
  const [low, high] = [bars[0].fromNs, bars[bars.length - 1].toNs];
  const decades = Math.log10(high / low);
  const steps = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) marks.push(step * 10 ** power);
  }
  return marks.filter((ns) => ns >= low && ns <= high);
}
