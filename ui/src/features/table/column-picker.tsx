import { Columns3 } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../../ui/button';
import { Popover, type PopoverHandle } from '../../ui/popover';
import { useShortcuts } from '../../ui/shortcuts';
import type { ColumnsShown } from './use-columns';
import './column-picker.css';

interface ColumnPickerProps {
  columns: ColumnsShown;
  // Of the list of shortcuts.
  screen: string;
}

// Which columns a table has; the first always stays.
export function ColumnPicker({ columns, screen }: ColumnPickerProps) {
  const { all, shown, usual, toggle, reset } = columns;
  const popover = useRef<PopoverHandle>(null);
  useShortcuts(screen, [{ keys: 'C', label: 'Choose the columns', run: () => popover.current?.open() }]);
  return (
    <Popover
      ref={popover}
      label="Columns"
      align="end"
      triggerClassName="button button-outline"
      trigger={
        <>
          <Columns3 size={14} aria-hidden />
          Columns
        </>
      }
    >
      {() => (
        <div className="column-picker">
          <fieldset>
            <legend className="visually-hidden">Columns</legend>
            {all.slice(1).map(({ name, label }, i) => (
              <label key={name}>
                <input
                  type="checkbox"
                  // The keyboard goes on from here.
                  // biome-ignore lint/a11y/noAutofocus: the layer opens on request
                  autoFocus={i === 0}
                  checked={shown.includes(name)}
                  onChange={() => toggle(name)}
                />
                {label}
              </label>
            ))}
          </fieldset>
          <Button onClick={reset} aria-disabled={usual}>
            The usual columns
          </Button>
        </div>
      )}
    </Popover>
  );
}
