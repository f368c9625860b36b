// Reading the query part of a URL: plain strings in, typed values out, anything that isn't understood left out and named.

export type RawSearch = Readonly<Record<string, unknown>>;

export class SearchReader {
  readonly misunderstood: string[] = [];
  readonly #raw: RawSearch;

  constructor(raw: RawSearch, known: readonly string[]) {
    this.#raw = raw;
    for (const key of Object.keys(raw)) if (!known.includes(key)) this.misunderstood.push(key);
  }

  // The text when `accepts` does, else undefined.
  text(key: string, accepts: (text: string) => boolean): string | undefined {
    const value = this.#raw[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'object' && accepts(String(value))) return String(value);
    this.misunderstood.push(key);
    return undefined;
  }

  // Of names that are joined by commas those that are known, in their order; undefined when none is.
  names<Name extends string>(key: string, known: readonly Name[]): readonly Name[] | undefined {
    const text = this.text(key, () => true);
    if (text === undefined) return undefined;
    const asked = text.split(',');
    if (!asked.every((name) => (known as readonly string[]).includes(name))) this.misunderstood.push(key);
    const found = known.filter((name) => asked.includes(name));
    return found.length > 0 ? found : undefined;
  }

  // Each may be well, but not without the other, or not with it.
  leaveOut(...keys: readonly string[]): void {
    for (const key of keys) {
      if (this.#raw[key] !== undefined && !this.misunderstood.includes(key)) this.misunderstood.push(key);
    }
  }

  flag(key: string): boolean {
    return this.text(key, (text) => text === 'true' || text === 'false') === 'true';
  }

  number(key: string): number | undefined {
    const text = this.text(key, (value) => /^\d+(\.\d+)?$/.test(value));
    return text === undefined ? undefined : Number(text);
  }
}

// Keys without a value, so that links stay short: `undefined`, `false` and empty text don't appear.
export function searchToString(search: object): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== '' && value !== false) params.set(key, String(value));
  }
  // Colons and slashes are allowed in a query and easier to read as they are.
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',');
  return text ? `?${text}` : '';
}

export function searchFromString(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}
