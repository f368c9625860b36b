import { Link } from '@tanstack/react-router';
import { Dialog } from '../../ui/dialog';
import { Kbd } from '../../ui/kbd';
import { setPreference, usePreferences } from '../../ui/preferences';
import { type ShortcutGroup, useShortcutGroups } from '../../ui/shortcuts';
import './help-dialog.css';

// The shortcuts that work on the screen behind the dialog, and no others.
export function HelpDialog({ onClose }: { onClose: () => void }) {
  const groups = mergeByTitle(useShortcutGroups());
  const singleKeys = usePreferences((preferences) => preferences.singleKeyShortcuts);
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <div className="help-dialog">
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.shortcuts.map((shortcut) => (
                <div key={shortcut.keys + shortcut.label}>
                  <dt>
                    <Kbd keys={shortcut.keys} />
                  </dt>
                  <dd>{shortcut.label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="help-dialog-foot">
        <label>
          <input
            type="checkbox"
            checked={singleKeys}
            onChange={(event) => setPreference({ singleKeyShortcuts: event.target.checked })}
          />
          Shortcuts of a single key
        </label>
        <Link to="/glossary" onClick={onClose}>
          What the words and the numbers mean
        </Link>
      </div>
    </Dialog>
  );
}

function mergeByTitle(groups: readonly ShortcutGroup[]): ShortcutGroup[] {
  const titles = [...new Set(groups.map((group) => group.title))];
  return titles.map((title) => ({
    title,
    shortcuts: groups.filter((group) => group.title === title).flatMap((group) => group.shortcuts),
  }));
}
