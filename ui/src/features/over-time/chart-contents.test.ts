import { expect, test } from 'vitest';
import { answerOverTime } from '../../../dev/over-time.mjs';
import type { ServiceOverTime } from '../../api/types';
import {
  dataSince,
  describeChart,
  errorsChart,
  latencyChart,
  pointSeconds,
  requestsChart,
  sourceOf,
} from './chart-contents';

const NOW = 1_795_269_930_000; // half a minute into a minute
const NONE = new Set<string>();

function service(query = '', name = 'payments'): ServiceOverTime {
  const url = new URL(`http://x/api/ui/services/${name}?${query}`);
  return answerOverTime(url, NOW, '') as ServiceOverTime;
}

const labels = ({ content }: { content: { lines: readonly { label: string }[] } }) =>
  content.lines.map(({ label }) => label);
const sum = (values: readonly (number | null)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0);

test('requests with and without error add up to all of them', () => {
  const data = service();
  const { content } = requestsChart(sourceOf(data, undefined, false), true);
  expect(content.shape).toBe('bars');
  expect(sum(content.lines.flatMap(({ values }) => values))).toBe(sum(data.series[0].requests));
  expect(sum(content.lines[0].values)).toBe(sum(data.series[0].errors));
});

test('a second of the last point is one that there has been', () => {
  const data = service();
  expect(pointSeconds(data, 0)).toBe(60);
  expect(pointSeconds(data, 59)).toBeCloseTo(30, 5);
  expect(pointSeconds({ ...data, covered_to_ns: data.to_ns }, 59)).toBe(60);
});

test('split by a value, each has a line, and what has none says so', () => {
  const source = sourceOf(service('by=version'), undefined, true);
  expect(labels(requestsChart(source, false))).toEqual(['2.3.1', '2.3.0', '(none)']);
  expect(labels(errorsChart(source, 'count'))).toEqual(['2.3.1', '2.3.0', '(none)']);
  expect(latencyChart(source, 'percentiles', NONE).content.lines[0].values).toEqual(
    service('by=version').series[0].p95_ns,
  );
});

test('what was before is a dashed line beside what is now', () => {
  const source = sourceOf(service('previous=window'), 'the time before', false);
  const requests = requestsChart(source, true).content;
  expect(requests.shape).toBe('lines');
  expect(requests.lines.map(({ label, dashed = false }) => [label, dashed])).toEqual([
    ['Requests', false],
    ['the time before', true],
  ]);
  expect(labels(latencyChart(source, 'p99', NONE))).toEqual(['p99', 'p99 the time before']);
});

test('percentiles that a legend hides are not drawn', () => {
  const source = sourceOf(service(), undefined, false);
  expect(labels(latencyChart(source, 'percentiles', new Set(['avg', 'max', 'p75', 'p90'])))).toEqual([
    'p50',
    'p95',
    'p99',
  ]);
});

test('an error rate without requests is unknown, not zero', () => {
  const data = service();
  data.series[0].requests[3] = 0;
  data.series[0].errors[3] = 0;
  expect(errorsChart(sourceOf(data, undefined, false), undefined).content.lines[0].values[3]).toBe(null);
  expect(errorsChart(sourceOf(data, undefined, false), 'count').content.lines[0].values[3]).toBe(0);
});

test('the axis of a young service begins with its data, five minutes before the end at the latest', () => {
  const data = service('', 'thinker-api');
  const since = dataSince(data);
  const end = Number(BigInt(data.to_ns) / 1_000_000n);
  expect(since).toBe(end - 20 * 60_000);
  const { content } = requestsChart(sourceOf(data, undefined, false), false);
  expect(content.range).toEqual([since, end]);
  expect(content.times).toHaveLength(20);
  expect(content.lines[0].values).toHaveLength(20);

  data.total.covered_s = 60;
  data.series[0].requests.fill(0, 0, 59);
  expect(requestsChart(sourceOf(data, undefined, false), false).content.range).toEqual([end - 5 * 60_000, end]);
  expect(dataSince(service())).toBe(null);
});

test('errors in percent, as a total and by the second', () => {
  const data = service();
  const [series] = data.series;
  const at = series.errors.findIndex((failed) => (failed ?? 0) > 0);
  const [failed, requests] = [series.errors[at] ?? 0, series.requests[at] ?? 0];
  const chart = (mode?: 'count' | 'per-second') => errorsChart(sourceOf(data, undefined, false), mode);
  expect(chart().content.lines[0].values[at]).toBeCloseTo((failed / requests) * 100, 9);
  expect(chart('count').content.lines[0].values[at]).toBe(failed);
  expect(chart('per-second').content.lines[0].values[at]).toBeCloseTo(failed / 60, 9);
  expect(chart('per-second').format(0.5)).toBe('0.5 errors/s');
});

test('a chart says in words what it shows', () => {
  const chart = latencyChart(sourceOf(service(), undefined, false), 'p95', NONE);
  expect(describeChart('Latency', chart, 'local')).toMatch(/^Latency: p95 \d.*\sms to \d.*, most at \d\d:\d\d$/);
  const empty = { ...chart, content: { ...chart.content, lines: [] } };
  expect(describeChart('Latency', empty, 'local')).toBe('Latency: no data');
});
