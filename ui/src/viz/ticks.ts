// Round marks for a time axis: steps of 1, 2 or 5 times a power of ten.

export interface Ticks {
  stepNs: number;
  at: number[];
}

export function timeTicks(t0: number, t1: number, countMax: number): Ticks {
  const rough = (t1 - t0) / Math.max(1, countMax);
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const stepNs = magnitude * ([1, 2, 5, 10].find((factor) => magnitude * factor >= rough) ?? 10);
  const at: number[] = [];
  for (let k = Math.ceil(t0 / stepNs); k * stepNs <= t1; k++) at.push(k * stepNs);
  return { stepNs, at };
}
