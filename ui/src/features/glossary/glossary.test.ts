import { expect, test } from 'vitest';
import { FEW_VALUES } from '../services/service-columns';
import { GLOSSARY, SHOWN_TERMS, termOf } from './glossary';
import { plainText } from './parse-glossary';

test.each(SHOWN_TERMS)('docs/glossary.md says what is shown beside numbers: %s', (id) => {
  const { name, meaning } = termOf(id);
  expect(plainText(name).toLowerCase().replaceAll(' ', '-')).toBe(id);
  expect(plainText(meaning).length).toBeGreaterThan(10);
});

test('a term that is not there is missed', () => {
  expect(() => termOf('latency-of-tomorrow' as 'p95')).toThrow('docs/glossary.md says nothing about');
});

test('the page has every section and no paragraph went astray', () => {
  expect(GLOSSARY.sections.map(({ title }) => title)).toEqual(['Things', 'Counts', 'Latency', 'Apdex']);
  expect(GLOSSARY.sections.every(({ blocks }) => blocks.length > 0)).toBe(true);
});

test('lists mark percentiles of as few values as the glossary says', () => {
  expect(plainText(termOf('p95').meaning)).toContain(`fewer than ${FEW_VALUES} values`);
});
