import { expect, test } from 'vitest';
import { markedParts } from './marked-text';

test.each([
  ['SELECT a FROM select_log', ['select'], ['SELECT', 'select']],
  ['redis GET session', ['get', 'red'], ['red', 'GET']],
  ['nothing here', ['absent'], []],
])('marks the words in %s', (text, terms, marked) => {
  const parts = markedParts(text, terms);
  expect(parts.filter((part) => part.marked).map((part) => part.text)).toEqual(marked);
  expect(parts.map((part) => part.text).join('')).toBe(text);
});
