import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Marked } from './marked';

test.each([
  ['SELECT a FROM select_log', ['select'], ['SELECT', 'select']],
  ['redis GET session', ['get', 'red'], ['red', 'GET']],
  ['nothing here', ['absent'], []],
])('marks the words in %s', (text, terms, marked) => {
  const { container } = render(<Marked text={text} terms={terms} />);
  expect(Array.from(container.querySelectorAll('mark'), (mark) => mark.textContent)).toEqual(marked);
  expect(container.textContent).toBe(text);
});
