import { type Preferences, setPreference, usePreferences } from '../../ui/preferences';
import { areUsual, type ColumnName, columnsText, shownColumns, toggled } from './column-choice';

export interface ColumnsShown {
  all: readonly ColumnName[];
  shown: readonly string[];
  usual: boolean;
  // What a link has to say for another to see the same.
  inLink: string | undefined;
  toggle: (name: string) => void;
  reset: () => void;
}

// The columns of a table, remembered under `key`. `onChange` puts them into the address; undefined takes them out of it.
export function useColumns(
  all: readonly ColumnName[],
  key: 'serviceColumns' | 'resourceColumns',
  inAddress: string | undefined,
  onChange: (cols: string | undefined) => void,
): ColumnsShown {
  const chosenBefore = usePreferences((preferences) => preferences[key]);
  const shown = shownColumns(all, inAddress, chosenBefore);
  const usual = areUsual(all, shown);
  const choose = (next: readonly string[] | null) => {
    const change: Partial<Preferences> = { [key]: next };
    setPreference(change);
    onChange(next === null ? undefined : columnsText(all, next));
  };
  return {
    all,
    shown,
    usual,
    inLink: usual ? inAddress : columnsText(all, shown),
    toggle: (name) => {
      const next = toggled(all, shown, name);
      choose(areUsual(all, next) ? null : next);
    },
    reset: () => choose(null),
  };
}
