// The columns of services and dependencies by their names in the address, in their order. Each table has its own of them.

export const SERVICE_COLUMN_NAMES = [
  'name',
  'callers',
  'type',
  'language',
  'operation',
  'requests',
  'count',
  'avg',
  'p50',
  'p75',
  'p90',
  'p95',
  'p99',
  'max',
  'errors',
  'failed',
  'time',
  'apdex',
  'seen',
] as const;
