// The frame of a page about a service or a resource: where it stands, its time, what it is compared with and split by, and
// what happens while the answer is on the way or doesn't come.

import type { QueryKey, UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useRef } from 'react';
import { ApiError } from '../../api/errors';
import { serverNow } from '../../api/server-clock';
import type { ResourceOverTime, ServiceOverTime } from '../../api/types';
import { CopyButton } from '../../ui/copy-button';
import { EmptyBlock } from '../../ui/empty-block';
import { QueryProgress, QueryState, useStale } from '../../ui/query-state';
import { useShortcuts } from '../../ui/shortcuts';
import { RelativeTime } from '../../ui/time';
import { TopBarTools } from '../../ui/top-bar-slots';
import { copyText } from '../../ui/use-copy';
import { useZone } from '../../ui/zone';
import { EnvPicker } from '../env/env-picker';
import { searchToString } from '../search-params';
import { moveFocus } from '../table/data-table';
import { describeTimeRange } from '../time/range-label';
import { RefreshControl } from '../time/refresh-control';
import { TimePicker } from '../time/time-picker';
import { absoluteRange, isSliding, rangeOf, type TimeRange } from '../time/time-range';
import type { AutoRefresh, RefreshState } from '../time/use-auto-refresh';
import { WiderRanges } from '../time/wider-ranges';
import { ApdexTile } from './apdex-tile';
import { explain, type Figure } from './explain';
import { Explanation } from './explanation';
import { FigureTiles } from './figure-tiles';
import { OverTimeCharts } from './over-time-charts';
import { COMPARISONS, type OverTimeSearch, SPLITS, withTime } from './over-time-search';
import { OverTimeSkeleton } from './over-time-skeleton';
import './over-time-page.css';

// What is chosen by dragging is at least as long: points are ten seconds apart.
const ZOOM_MIN_MS = 60_000;

interface OverTimePageProps {
  // What the page is about, in a sentence: "The service cart".
  what: string;
  search: OverTimeSearch;
  onSearch: (search: OverTimeSearch) => void;
  env: string | undefined;
  envs: readonly string[];
  answer: UseQueryResult<ServiceOverTime | ResourceOverTime>;
  answerKey: QueryKey;
  refresh: AutoRefresh;
  refreshState: RefreshState;
  // What a copied link says beside the address.
  inLink?: object;
  // Before the pickers of this page.
  tools?: ReactNode;
  // When there was a request, at all.
  lastSeenNs?: string | undefined;
  header: ReactNode;
  children: ReactNode;
}

export function OverTimePage(props: OverTimePageProps) {
  const { what, search, onSearch, env, envs, answer, answerKey, refresh, refreshState } = props;
  const { inLink, tools, lastSeenNs, header, children } = props;
  const range = rangeOf(search);
  const zone = useZone();
  const { data } = answer;
  const stale = useStale(answer);
  const content = useRef<HTMLDivElement>(null);
  const zooms = useRef<TimeRange[]>([]);

  const set = (change: Partial<Record<keyof OverTimeSearch, string | undefined>>) =>
    onSearch(Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)));
  const setRange = (next: TimeRange) => onSearch(withTime(search, next));

  function zoom(from: number, to: number) {
    const longer = Math.max(0, ZOOM_MIN_MS - (to - from)) / 2;
    zooms.current.push(range);
    setRange({ from: new Date(from - longer).toISOString(), to: new Date(to + longer).toISOString() });
  }

  function unzoom() {
    const before = zooms.current.pop();
    if (before) setRange(before);
  }

  const link = () => {
    const fixed = { ...search, ...inLink, env: data?.env ?? env, ...absoluteRange(range, serverNow()) };
    return `${window.location.origin}${window.location.pathname}${searchToString(fixed)}`;
  };
  useShortcuts(what, [
    { keys: 'j', label: 'Next row', run: () => moveFocus(content.current, 1) },
    { keys: 'k', label: 'Previous row', run: () => moveFocus(content.current, -1) },
    { keys: 'Enter', label: 'Open the row' },
    { keys: 'v', label: 'Compare with the time before', run: () => set({ cmp: search.cmp ? undefined : 'window' }) },
    { keys: 'Escape', label: 'All durations, leave the rows', run: () => leave(search, set) },
    { keys: 'r', label: 'Refresh', run: () => void answer.refetch() },
    { keys: '.', label: 'Stop or go on refreshing', run: () => refresh.setPaused(refreshState.kind !== 'paused') },
    { keys: 'y', label: 'Copy a link with fixed times', run: () => void copyText(link()) },
  ]);

  return (
    <div className="over-time-page">
      <TopBarTools>
        <CopyButton text={link} label="Copy link with fixed times" />
        <EnvPicker env={env ?? data?.env} all={envs} onChange={(next) => set({ env: next })} />
        <TimePicker range={range} onChange={setRange} />
      </TopBarTools>
      <div className="over-time-bar">
        {header}
        <span className="over-time-space" />
        {tools}
        <Choice
          label="by"
          title="Split the charts by"
          none="nothing"
          values={SPLITS}
          value={search.by}
          onChange={(by) => set({ by })}
        />
        <Choice
          label="compare"
          title="Compare with (v)"
          none="nothing"
          values={COMPARISONS}
          value={search.cmp}
          onChange={(cmp) => set({ cmp })}
        />
        {data && (
          <RefreshControl
            state={refreshState}
            updatedAt={answer.dataUpdatedAt}
            onRefresh={() => void answer.refetch()}
            onPause={refresh.setPaused}
          />
        )}
      </div>
      <QueryProgress what={what} query={answer} keys={[answerKey]} />
      <div
        ref={content}
        data-scroll-restoration-id="over-time"
        className={stale ? 'over-time-content over-time-stale' : 'over-time-content'}
      >
        <QueryState
          what={what}
          query={answer}
          skeleton={<OverTimeSkeleton />}
          insteadOf={(error) =>
            error instanceof ApiError &&
            error.code === 'not_found' && (
              <EmptyBlock
                title={`${what} isn’t known here`}
                actions={<EnvPicker env={env} all={envs} onChange={(next) => set({ env: next })} />}
              >
                No request of it has been counted{env === undefined ? '' : ` in env ${env}`} in the last 30 days.
              </EmptyBlock>
            )
          }
        />
        {data && (
          <div className="over-time-blocks" {...refresh.listProps}>
            {data.total.requests === 0 && (
              <p className="over-time-silent" role="status">
                <span>
                  No requests in “{describeTimeRange(range, zone)}”.
                  {lastSeenNs !== undefined && (
                    <>
                      {' '}
                      Last seen <RelativeTime ns={lastSeenNs} />.
                    </>
                  )}
                </span>
                {isSliding(range) && <WiderRanges range={range} onChoose={setRange} />}
              </p>
            )}
            <Figures data={data} search={search} />
            <OverTimeCharts data={data} search={search} onChange={set} onZoom={zoom} onReset={unzoom} />
            {children}
          </div>
        )}
      </div>
    </div>
  );
}

function Figures({ data, search: { cmp } }: { data: ServiceOverTime | ResourceOverTime; search: OverTimeSearch }) {
  const [then] = data.previous;
  const explanation = (figure: Figure) => <Explanation {...explain(figure, data)} />;
  return (
    <FigureTiles
      figures={data.total}
      explain={explanation}
      before={cmp && then && { label: COMPARISONS[cmp], figures: then.total }}
      apdex={
        data.total.apdex && (
          <ApdexTile
            service={data.service.name}
            env={data.env}
            apdex={data.total.apdex}
            thresholdNs={data.apdex_threshold_ns}
            explanation={explanation('apdex')}
          />
        )
      }
    />
  );
}

interface ChoiceProps {
  label: string;
  title: string;
  none: string;
  values: Readonly<Record<string, string>>;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function Choice({ label, title, none, values, value, onChange }: ChoiceProps) {
  return (
    <label className="over-time-choice" title={title}>
      <span>{label}</span>
      <select className="input" value={value ?? ''} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">{none}</option>
        {Object.entries(values).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function leave(search: OverTimeSearch, set: (change: { dur: undefined }) => void): void {
  if (search.dur !== undefined) set({ dur: undefined });
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
