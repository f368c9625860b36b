import { expect, test } from 'vitest';
import { parseGlossary, plainText } from './parse-glossary';

const PAGE = `# Words

What they
mean.

## Things

| word | meaning |
|---|---|
| root *span* | the first of **all**, by \`parent_id\` |
| p95 | number ⌊0.95 · (*n* − 1)⌋ |

## Apdex

How satisfied.

And a second one.
`;

test('sections, paragraphs and terms with their anchors', () => {
  const { title, intro, sections } = parseGlossary(PAGE);
  expect([title, intro.map(plainText)]).toEqual(['Words', ['What they mean.']]);
  expect(sections.map(({ id }) => id)).toEqual(['things', 'apdex']);
  expect(sections[1].blocks.map((block) => block.kind === 'paragraph' && plainText(block.runs))).toEqual([
    'How satisfied.',
    'And a second one.',
  ]);
  const [table] = sections[0].blocks;
  const terms = table.kind === 'terms' ? table.terms : [];
  expect(terms.map(({ id, meaning }) => [id, plainText(meaning)])).toEqual([
    ['root-span', 'the first of all, by parent_id'],
    ['p95', 'number ⌊0.95 · (n − 1)⌋'],
  ]);
  expect(terms[0].name).toEqual([
    { kind: 'text', text: 'root ' },
    { kind: 'emphasis', text: 'span' },
  ]);
  expect(terms[0].meaning.map(({ kind }) => kind)).toEqual(['text', 'strong', 'text', 'code']);
});

test('an asterisk in code is an asterisk', () => {
  const { intro } = parseGlossary('`a * b` and *c*');
  expect(intro[0].map(({ kind, text }) => `${kind} ${text}`)).toEqual(['code a * b', 'text  and ', 'emphasis c']);
});

test.each([
  ['- a list', 1],
  ['a paragraph\n- and a list', 2],
  ['# Words\n\n1. a list', 3],
  ['# Words\n\n# More words', 3],
  ['## Things\n### Smaller things', 2],
  ['<b>bold</b>', 1],
  ['## Things\n\nnot *closed', 3],
  ['## Things\n\na [link](https://example.com)', 3],
  ['| a | b |\n|---|---|\n| outside | a section |', 1],
  ['## Things\n| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |', 2],
  ['## Things\n| a | b |\n|---|---|\n| one | two |\n| no meaning | |', 5],
  ['## Things\n| a | b |\n|---|---|\n| things | again |', 4],
])('%j is refused, with its line', (markdown, line) => {
  expect(() => parseGlossary(markdown)).toThrow(new RegExp(`^docs/glossary\\.md:${line}: wanted `));
});
