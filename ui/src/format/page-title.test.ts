import { expect, test } from 'vitest';
import { isBlank, pageTitle } from './page-title';

test.each([
  [['cart'], 'cart · Vizsla'],
  [['GET /', 'cart'], 'GET / · cart · Vizsla'],
  [[''], 'Vizsla'],
  [['invoice\u202egpj.exe\u0000'], 'invoice gpj.exe · Vizsla'],
  [['x'.repeat(25_000)], `${'x'.repeat(79)}… · Vizsla`],
  [['😀'.repeat(81)], `${'😀'.repeat(79)}… · Vizsla`],
])('%j', (parts, title) => {
  expect(pageTitle(...parts)).toBe(title);
});

test.each([
  ['cart', false],
  ['', true],
  [' \u200b\u0000', true],
])('%j is blank: %s', (name, blank) => {
  expect(isBlank(name)).toBe(blank);
});
