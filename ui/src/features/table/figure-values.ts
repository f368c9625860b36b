// What tables of figures sort by, of anything that has them.

import type { Figures } from '../../api/types';

export const FIGURE_VALUES = {
  count: (row: Figures) => row.requests,
  avg: (row: Figures) => row.latency.avg_ns,
  p50: (row: Figures) => row.latency.p50_ns,
  p75: (row: Figures) => row.latency.p75_ns,
  p90: (row: Figures) => row.latency.p90_ns,
  p95: (row: Figures) => row.latency.p95_ns,
  p99: (row: Figures) => row.latency.p99_ns,
  max: (row: Figures) => row.latency.max_ns,
  errors: (row: Figures) => row.error_rate,
  failed: (row: Figures) => row.errors,
  time: (row: Figures) => row.total_time_ns,
  apdex: (row: Figures) => row.apdex?.score ?? null,
};
