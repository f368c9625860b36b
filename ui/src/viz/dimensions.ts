// What spans may have in common: the names by which tables group them. In a URL they are joined by commas.

export const DIMENSIONS = ['service', 'operation', 'resource', 'type', 'host'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

const TOGETHER_MAX = 2;

// Empty when any of them isn't known, or when they are too many.
export function parseDimensions(text: string): Dimension[] {
  const names = text.split(',');
  const known = names.flatMap((name) => DIMENSIONS.filter((dimension) => dimension === name));
  return known.length === names.length && known.length <= TOGETHER_MAX ? known : [];
}
