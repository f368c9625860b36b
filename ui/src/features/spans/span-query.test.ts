import { expect, test } from 'vitest';
import { term } from './span-query';

test.each([
  ['web', 'service:"web"'],
  ['GET /users/?', 'service:"GET /users/?"'],
  ['say "hi"', 'service:"say \\"hi\\""'],
  ['C:\\temp', 'service:"C:\\\\temp"'],
  ['', 'service:""'],
])('%j is quoted', (value, text) => {
  expect(term('service', value)).toBe(text);
});
