import { expect, test } from 'vitest';
import { averageCharacter, fitText, shortened, visibleText } from './flame-labels';

test.each([
  ['GET /cart', 90, 'GET /cart'],
  ['GET /cart', 80, 'GET /ca…'],
  ['GET /cart', 30, 'GE…'],
  ['GET /cart', 29, ''],
  ['GET   /cart', 50, 'GET…'],
  ['', 100, ''],
])('%s in %d pixels is %s', (text, width, shown) => {
  expect(fitText(text, width, 10)).toBe(shown);
});

test('a character of two units is not cut in half', () => {
  expect(fitText('ab😀def', 40, 10)).toBe('ab…');
});

test('what reorders or breaks a line is taken out', () => {
  expect(visibleText('a\u202eb\u2066c\nd\u0000e')).toBe('a b c d e');
});

test('very long texts cost nothing and stay short', () => {
  expect(fitText('x'.repeat(25_000), 1e9, 1)).toHaveLength(400);
  expect(shortened('x'.repeat(25_000), 300)).toHaveLength(300);
});

test('the average is of usual characters', () => {
  expect(averageCharacter({ measureText: (text) => ({ width: text.length * 7 }) as TextMetrics })).toBe(7);
});
