import { type Zone, zoneName } from '../../format/zone';
import { Kbd } from '../../ui/kbd';
import { setPreference } from '../../ui/preferences';
import { useZone } from '../../ui/zone';
import './zone-choice.css';

const ZONES: readonly { zone: Zone; label: string }[] = [
  { zone: 'local', label: 'Local' },
  { zone: 'utc', label: 'UTC' },
];

// In which zone times are typed here and shown everywhere.
export function ZoneChoice() {
  const shown = useZone();
  return (
    <fieldset className="zone-choice">
      <legend>Times in</legend>
      {ZONES.map(({ zone, label }) => {
        const name = zoneName(Date.now(), zone);
        return (
          <label key={zone}>
            <input type="radio" name="zone" checked={zone === shown} onChange={() => setPreference({ zone })} />
            {label}
            {name !== label && ` (${name})`}
          </label>
        );
      })}
      <Kbd keys="u" />
    </fieldset>
  );
}
