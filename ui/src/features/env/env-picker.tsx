import './env-picker.css';

interface EnvPickerProps {
  // The one that is shown; may be none of those that are known.
  env: string | undefined;
  all: readonly string[];
  onChange: (env: string) => void;
}

export function EnvPicker({ env, all, onChange }: EnvPickerProps) {
  const names = env === undefined || all.includes(env) ? all : [env, ...all];
  if (names.length === 0) return null;
  return (
    <label className="env-picker" title="Environment: everything is counted by it">
      <span>env</span>
      <select className="input" value={env} onChange={(event) => onChange(event.target.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
