import { describe, expect, test } from 'vitest';
import * as scenarios from '../../dev/scenarios.mjs';
import { modelFor, randomModel } from '../testing/traces';
import { searchSpans, searchTerms, stepThrough } from './span-search';
import type { TraceModel } from './trace-model';

function textOf(model: TraceModel, i: number): string {
  const { spans, services, strings } = model.skeleton;
  return [
    services[spans.service[i]].name,
    strings.operations[spans.operation[i]],
    strings.resources[spans.resource[i]],
    strings.error_lines[spans.error_line[i]],
  ].join('\n');
}

describe.each(['db', 'query', 'SELECT', 'web render', 'nothing like it'])('searching for %s', (query) => {
  test('finds the spans whose texts hold every word', () => {
    const model = randomModel(3, 500);
    const words = query.toLowerCase().split(' ');
    const expected = Array.from({ length: model.count }, (_, i) => i).filter((i) =>
      words.every((word) => textOf(model, i).toLowerCase().includes(word)),
    );
    expect(Array.from(searchSpans(model, query)?.spans ?? [])).toEqual(expected);
  });
});

test('quotes keep words together', () => {
  expect(searchTerms('redis "GET session" x')).toEqual(['redis', 'get session', 'x']);
  expect(searchTerms('"unclosed quote')).toEqual(['unclosed quote']);
});

test('an empty query is no search', () => {
  expect(searchSpans(modelFor(scenarios.thinker), '  ')).toBeNull();
});

test('errors and ids are searched too', () => {
  const model = modelFor(scenarios.thinker);
  expect(searchSpans(model, 'foo_bar')?.spans).toHaveLength(1);
  expect(Array.from(searchSpans(model, model.skeleton.spans.id[2])?.spans ?? [])).toEqual([2]);
});

test('stepping goes round at both ends', () => {
  const spans = Int32Array.of(2, 5, 9);
  expect(stepThrough(spans, -1, 1)).toBe(2);
  expect(stepThrough(spans, 5, 1)).toBe(9);
  expect(stepThrough(spans, 9, 1)).toBe(2);
  expect(stepThrough(spans, 2, -1)).toBe(9);
  expect(stepThrough(new Int32Array(), 0, 1)).toBe(-1);
});
