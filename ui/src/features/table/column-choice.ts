// Which columns of a table are shown: what the address says, else what was chosen here before, else the usual ones.
//
// The first column is always there and not a part of the choice; an address that names it alone shows no other. Columns keep
// their order.

export interface ColumnName {
  name: string;
  label: string;
  // Not among the usual ones.
  optional?: boolean;
}

// Without the first.
export function shownColumns(
  all: readonly ColumnName[],
  inAddress: string | undefined,
  chosenBefore: readonly string[] | null,
): readonly string[] {
  const wanted = inAddress?.split(',') ?? chosenBefore;
  const others = all.slice(1);
  const shown = wanted ? others.filter(({ name }) => wanted.includes(name)) : others.filter((each) => !each.optional);
  return shown.map(({ name }) => name);
}

export function areUsual(all: readonly ColumnName[], shown: readonly string[]): boolean {
  return shown.join() === shownColumns(all, undefined, null).join();
}

// As an address says it.
export function columnsText(all: readonly ColumnName[], shown: readonly string[]): string {
  return shown.length > 0 ? shown.join() : (all[0]?.name ?? '');
}

export function toggled(all: readonly ColumnName[], shown: readonly string[], name: string): readonly string[] {
  const wanted = shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name];
  return shownColumns(all, wanted.join(), null);
}
