import { expect, test } from 'vitest';
import { asWebAddress, filterGroups, groupAttributes } from './attribute-groups';

const meta = {
  'http.url': 'http://x/',
  'http.method': 'GET',
  subject: 'foo_bar',
  '_dd.p.dm': '-1',
  'db.name': 'shop',
};
const metrics = { 'http.status_code': 200, process_id: 7, _sampling_priority_v1: 1 };

test('tags and numbers are grouped by namespace, internal ones last', () => {
  const groups = groupAttributes(meta, metrics);
  expect(groups.map((group) => [group.name, group.attributes.map((attribute) => attribute.key)])).toEqual([
    ['General', ['process_id', 'subject']],
    ['db', ['db.name']],
    ['http', ['http.method', 'http.status_code', 'http.url']],
    ['Internal', ['_dd.p.dm', '_sampling_priority_v1']],
  ]);
  expect(groups.map((group) => group.internal)).toEqual([false, false, false, true]);
});

test('numbers stay numbers', () => {
  const [general] = groupAttributes(meta, metrics);
  expect(general.attributes[0].value).toBe(7);
});

test('a filter looks at keys and values', () => {
  const groups = groupAttributes(meta, metrics);
  const keys = (text: string) => filterGroups(groups, text).flatMap((group) => group.attributes.map((a) => a.key));
  expect(keys('FOO_bar')).toEqual(['subject']);
  expect(keys('http.')).toEqual(['http.method', 'http.status_code', 'http.url']);
  expect(keys('200')).toEqual(['http.status_code']);
  expect(keys(' ')).toHaveLength(8);
});

test.each([
  ['https://shop.example.com/a?b=c', true],
  ['http://x', true],
  ['javascript:alert(1)', false],
  ['https://with space', false],
  ['see https://x', false],
  ['ftp://x', false],
])('%s is a link: %s', (value, expected) => {
  expect(asWebAddress(value) !== null).toBe(expected);
});
