// What spans are coloured by, as chips with their share of the trace's time. A click dims a group, the next one hides it, the
// third brings it back; Alt and a click leave only this one.

import { CircleAlert, EyeOff } from 'lucide-react';
import { type CSSProperties, type KeyboardEvent, type MouseEvent, useId, useMemo } from 'react';
import { formatCount, formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { formatShare } from '../../format/percent';
import { slotStyle } from '../../ui/service-color';
import { ServiceSwatch } from '../../ui/service-name';
import { useShortcuts } from '../../ui/shortcuts';
import { COLORINGS, type ColorGroup, type Coloring } from '../../viz/color-groups';
import { type ChipState, chipState, cycleGroup, type LegendFilter, onlyGroup } from './legend-filter';
import { useSession } from './trace-session';
import './service-legend.css';

// As the screen calls them.
const GROUPS_NAMED: Record<Coloring, string> = {
  service: 'Services',
  host: 'Hosts',
  container: 'Containers',
  type: 'Types',
  kind: 'Kinds',
};
const STATES: Record<ChipState, string> = { shown: '', dimmed: 'dimmed', hidden: 'hidden', alone: 'only this' };

interface ServiceLegendProps {
  filter: LegendFilter;
  onFilter: (filter: LegendFilter) => void;
  onColor: (color: Coloring) => void;
}

export function ServiceLegend({ filter, onFilter, onColor }: ServiceLegendProps) {
  const { colors } = useSession();
  const { by, groups } = colors;
  const hint = useId();
  // The sum is what the server shared out: the time in which anything was active.
  const total = useMemo(() => groups.reduce((sum, group) => sum + group.execNs, 0), [groups]);
  const left = groups.filter(({ name }) => chipState(filter, name) !== 'hidden');

  useShortcuts('Legend', [
    { keys: 'Enter', label: 'Dim what the chip stands for, then hide it, then as before' },
    { keys: 'o', label: 'Only what the chip stands for' },
  ]);

  function only(name: string) {
    onFilter(onlyGroup(filter, name));
  }

  function onClick(event: MouseEvent, name: string) {
    if (event.altKey) only(name);
    else
      onFilter(
        cycleGroup(
          filter,
          name,
          left.some((group) => group.name !== name),
        ),
      );
  }

  function onKeyDown(event: KeyboardEvent, name: string) {
    const onlyThis = event.key === 'o' || (event.key === 'Enter' && event.altKey);
    if (!onlyThis || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    only(name);
  }

  return (
    <div className="service-legend">
      <label className="service-legend-by">
        Colour by
        <select className="input" value={by} onChange={(event) => onColor(event.target.value as Coloring)}>
          {COLORINGS.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      <span id={hint} className="visually-hidden">
        Enter dims it, then hides it, then brings it back; o leaves only this
      </span>
      <ul aria-label={`${GROUPS_NAMED[by]} by execution time`}>
        {groups.map((group) => {
          const state = chipState(filter, group.name);
          return (
            <li key={group.name}>
              <button
                type="button"
                className="service-legend-chip"
                style={{ ...slotStyle(group.slot), '--share': group.execNs / (total || 1) } as CSSProperties}
                aria-describedby={hint}
                data-state={state}
                title={titleOf(group, total)}
                onClick={(event) => onClick(event, group.name)}
                onKeyDown={(event) => onKeyDown(event, group.name)}
              >
                {state === 'hidden' ? <EyeOff size={12} aria-hidden /> : <ServiceSwatch slot={group.slot} />}
                <span className="service-legend-name">{group.name}</span>
                {state !== 'shown' && <span className="service-legend-state">{STATES[state]}</span>}
                <span className="service-legend-share">{formatShare(group.execNs, total)}</span>
                <span className="service-legend-count">{formatCount(group.spans)}</span>
                {group.errors > 0 && (
                  <span className="service-legend-errors">
                    <CircleAlert size={12} aria-label="errors" />
                    {formatCount(group.errors)}
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function titleOf({ name, spans, errors, execNs }: ColorGroup, total: number): string {
  return [
    `${name}: ${formatShare(execNs, total)} of the execution time, ${formatDuration(execNs)}`,
    `${formatCountOf(spans, 'span')}, ${formatCountOf(errors, 'error')}`,
    'Click to dim, again to hide, again to show; Alt-click for only this one',
  ].join('\n');
}
