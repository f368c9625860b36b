import { expect, test } from 'vitest';
import { extractTraceIds } from './extract-trace-ids';

const FULL = '6921a4c70000000067e1f2a03b4c5d6e';
const LOW = '67e1f2a03b4c5d6e';
const LOW_DECIMAL = '7485530825670024558';

test.each([
  ['32 hex digits', FULL, FULL],
  ['upper case', FULL.toUpperCase(), FULL],
  ['16 hex digits', LOW, LOW],
  ['a decimal', LOW_DECIMAL, LOW],
  ['a 128-bit decimal', BigInt(`0x${FULL}`).toString(), FULL],
  ['a short decimal on its own', '12345', '0000000000003039'],
  ['a traceparent', `00-${FULL}-${LOW}-01`, FULL],
  ['a header line', `traceparent: 00-${FULL}-${LOW}-01`, FULL],
  ['a Datadog header', `x-datadog-trace-id: ${LOW_DECIMAL}`, LOW],
  ['a URL of this UI', `http://127.0.0.1:8127/trace/${FULL}?span=${LOW}&t0=5`, FULL],
  ['a URL of another tool', `https://app.example.com/apm/trace/${LOW_DECIMAL}?spanID=12`, LOW],
  ['a query parameter', `https://x.example/explore?q=1&traceId=${FULL}`, FULL],
  [
    'a JSON log line',
    `{"level":"error","dd":{"trace_id":"${LOW_DECIMAL}","span_id":"99"},"ts":1795269807123456789}`,
    LOW,
  ],
  ['a logfmt line', `2026-11-21 14:03:22,123 ERROR [dd.service=api dd.trace_id=${FULL} dd.span_id=${LOW}] boom`, FULL],
  ['a UUID', '6921a4c7-0000-0000-67e1-f2a03b4c5d6e', FULL],
  ['a quoted id with a prefix', `trace_id="0x${LOW}"`, LOW],
  ['an id in brackets', `[${FULL}]`, FULL],
])('finds %s', (_name, text, traceId) => {
  expect(extractTraceIds(text)[0]?.traceId).toBe(traceId);
});

test('the decimal in the vectors is the low half of the hex', () => {
  expect(BigInt(`0x${LOW}`).toString()).toBe(LOW_DECIMAL);
});

test('the span comes along', () => {
  expect(extractTraceIds(`00-${FULL}-00f067aa0ba902b7-01`)[0].spanId).toBe('00f067aa0ba902b7');
  expect(extractTraceIds(`dd.trace_id=${FULL} dd.span_id=00f067aa0ba902b7`)[0].spanId).toBe('00f067aa0ba902b7');
  expect(extractTraceIds(`dd.trace_id=${FULL} dd.span_id=17293822569102704642`)[0].spanId).toBe('f000000000000002');
});

test('a named id goes before everything that only looks like one', () => {
  const ids = extractTraceIds(`ts=1795269807123456789 req=aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb trace_id=${FULL}`);
  expect(ids.map((candidate) => candidate.traceId)).toEqual([
    FULL,
    'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb',
    BigInt('1795269807123456789').toString(16).padStart(16, '0'),
  ]);
});

test('sixteen decimal digits may be hex or decimal: both are offered', () => {
  const ids = extractTraceIds('1234567890123456').map((candidate) => candidate.traceId);
  expect(ids).toEqual(['1234567890123456', BigInt('1234567890123456').toString(16).padStart(16, '0')]);
});

test.each(['', 'GET /products/42 took 318 ms', 'port 8126', '0000000000000000', 'deadbeef-nothing', `span_id=${LOW}`])(
  'finds nothing in %j',
  (text) => {
    expect(extractTraceIds(text)).toEqual([]);
  },
);

test('offers at most five', () => {
  const many = Array.from({ length: 9 }, (_, i) => `${i + 1}`.repeat(32)).join(' ');
  expect(extractTraceIds(many)).toHaveLength(5);
});
