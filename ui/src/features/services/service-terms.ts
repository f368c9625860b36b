// What the numbers mean, in short; docs/glossary.md has the rules.

export const TERMS = {
  name: 'What spans say they belong to; usually a process. Its figures are those of its primary operation, the one with the most requests.',
  requests:
    'Requests a second: spans by which requests enter the service, over the time of which there is data. Counted before sampling.',
  p95: '95 of 100 requests took no longer. Right to 1 %, or to 2.6 % where a tracer counted. The line is the average.',
  errors: 'Failed requests, of all requests.',
  time: 'Durations of all requests added up, as a share of all services that are no dependencies.',
  timeOfDependency: 'Durations of all calls added up, as their callers saw them.',
  apdex: 'How satisfied users were with the latency, from 0 to 1. A request that fails fast counts as fast.',
  calledBy: 'The services that call it. All its figures are their view of it.',
  maxEstimated: 'A tracer has counted: the maximum is estimated from what it sent.',
  seen: 'When its last request ended.',
  totals: 'Over all services that are no dependencies, filtered or not.',
} as const;

// With fewer, p95 and above are single requests.
export const FEW_VALUES = 20;
