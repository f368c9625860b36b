// Percentages that don't lie at the ends: neither "0%" for something nor "100%" for not quite everything.

export function formatPercent(percent: number | null | undefined): string {
  if (percent === null || percent === undefined || !Number.isFinite(percent)) return '–';
  if (percent === 0) return '0%';
  if (percent < 0) return `−${formatPercent(-percent)}`;
  if (percent < 0.01) return '<0.01%';
  if (percent < 1) return carried(percent, 2, 1);
  if (percent < 10) return carried(percent, 1, 10);
  if (percent < 99.5 || percent >= 100) return `${Math.round(percent)}%`;
  return almostAll(percent);
}

export function formatShare(part: number, whole: number): string {
  return whole > 0 ? formatPercent((part / whole) * 100) : '–';
}

// 0.996 has two decimals, but rounds to the magnitude that takes one: "1.0%", not "1.00%".
function carried(percent: number, decimals: number, limit: number): string {
  const text = percent.toFixed(decimals);
  return Number(text) < limit ? `${text}%` : formatPercent(limit);
}

function almostAll(percent: number): string {
  for (let decimals = 0; decimals <= 6; decimals++) {
    const text = percent.toFixed(decimals);
    if (Number(text) < 100) return `${text}%`;
  }
  return '>99.9999%';
}
