// Writing the search language (docs/search.md).

// `service:"web store"`. Everything is quoted: what a value has in it never means something else.
export function term(field: string, value: string): string {
  return `${field}:"${value.replace(/["\\]/g, '\\$&')}"`;
}
