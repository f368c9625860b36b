// Ids in lists show their first eight digits; the whole id is a copy away.

export function shortId(id: string): string {
  return id.slice(0, 8);
}
