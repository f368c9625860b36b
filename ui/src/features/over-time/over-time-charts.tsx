// How a service or a resource went: requests, latency and errors over time with one crosshair, and how durations are
// distributed.

import { useId, useState } from 'react';
import type { ResourceOverTime, ServiceOverTime } from '../../api/types';
import { ChartCard } from './chart-card';
import { dataSince, errorsChart, latencyChart, percentileLegend, requestsChart, sourceOf } from './chart-contents';
import { Crosshair } from './crosshair';
import { DistributionCard } from './distribution-card';
import { explain, type Figure } from './explain';
import { Explanation } from './explanation';
import {
  COMPARISONS,
  durationsText,
  LATENCIES,
  type LatencyMode,
  type OverTimeSearch,
  readDurations,
} from './over-time-search';
import type { ZoomHandlers } from './time-chart-view';
import './over-time-charts.css';

// What a legend of percentiles doesn't draw at first: the maximum would flatten all others.
const HIDDEN_AT_FIRST = ['avg', 'p75', 'p90', 'max'];

interface OverTimeChartsProps extends ZoomHandlers {
  data: ServiceOverTime | ResourceOverTime;
  search: OverTimeSearch;
  // Keys whose value is undefined go.
  onChange: (change: Partial<Record<keyof OverTimeSearch, string | undefined>>) => void;
}

export function OverTimeCharts({ data, search, onChange, onZoom, onReset }: OverTimeChartsProps) {
  const page = useId();
  const [crosshair] = useState(() => new Crosshair());
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => new Set(HIDDEN_AT_FIRST));
  const { by, cmp, requests, latency = 'percentiles', errors, dur } = search;
  const source = sourceOf(data, cmp && COMPARISONS[cmp], by !== undefined);
  const percentiles = latency === 'percentiles' && by === undefined;
  const shared = { page, crosshair, stepMs: data.step_ns / 1e6, since: dataSince(data), onZoom, onReset };
  const explanation = (figure: Figure) => <Explanation {...explain(figure, data)} />;
  const apdexKnown = data.total.apdex !== null;

  function toggle(label: string) {
    const next = new Set(hidden);
    if (!next.delete(label)) next.add(label);
    setHidden(next);
  }

  return (
    <div className="over-time-charts">
      <ChartCard
        {...shared}
        title="Requests"
        terms={['requests-a-second', 'requests', 'errors']}
        explanation={explanation('requests')}
        chart={requestsChart(source, requests === 'total')}
        modes={[
          { value: 'rate', label: 'per second' },
          { value: 'total', label: 'total' },
        ]}
        mode={requests ?? 'rate'}
        onMode={(mode) => onChange({ requests: mode === 'total' ? mode : undefined })}
      />
      <ChartCard
        {...shared}
        title="Latency"
        terms={['p95', 'average', 'maximum', 'apdex']}
        explanation={explanation('latency')}
        chart={latencyChart(source, latency, hidden)}
        modes={LATENCIES.filter((mode) => mode !== 'apdex' || apdexKnown || latency === 'apdex').map((mode) => ({
          value: mode,
          label: latencyLabel(mode, by !== undefined),
        }))}
        mode={latency}
        onMode={(mode) => onChange({ latency: mode === 'percentiles' ? undefined : mode })}
        choices={percentiles ? percentileLegend(source.before) : undefined}
        hidden={hidden}
        onToggle={toggle}
      />
      <ChartCard
        {...shared}
        title="Errors"
        terms={['error-rate', 'errors']}
        explanation={explanation('errors')}
        chart={errorsChart(source, errors)}
        modes={[
          { value: 'rate', label: '% of requests' },
          { value: 'per-second', label: 'per second' },
          { value: 'count', label: 'total' },
        ]}
        mode={errors ?? 'rate'}
        onMode={(mode) => onChange({ errors: mode === 'rate' ? undefined : mode })}
      />
      <DistributionCard
        distribution={data.distribution}
        explanation={explanation('requests')}
        latency={data.total.latency}
        chosen={dur === undefined ? null : readDurations(dur)}
        onChoose={(range) => onChange({ dur: range ? durationsText(range) : undefined })}
      />
    </div>
  );
}

function latencyLabel(mode: LatencyMode, split: boolean): string {
  if (mode === 'percentiles') return split ? 'p95 of each' : 'percentiles';
  if (mode === 'avg') return 'average';
  if (mode === 'max') return 'maximum';
  return mode === 'apdex' ? 'Apdex' : mode;
}
