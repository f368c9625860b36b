// The arithmetic that the formatters share.

// `value` with at most `digits` significant digits, without exponent and without trailing zeros.
export function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, digits - 1 - exponent);
  const scale = 10 ** Math.max(0, exponent - digits + 1);
  const rounded = scale > 1 ? Math.round(value / scale) * scale : value;
  return trimZeros(rounded.toFixed(Math.min(decimals, 20)));
}

export function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

// 1234567 → 1,234,567. The same in every locale, so that two people read the same text.
export function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
