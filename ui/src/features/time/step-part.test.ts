import { expect, test } from 'vitest';
import { stepPart } from './step-part';

const NOW = Date.parse('2026-11-21T14:05:00Z');

// `|` is the cursor, two of them hold what is selected; behind the step the part that was changed is selected.
function step(marked: string, by: 1 | -1): string | null {
  const start = marked.indexOf('|');
  const end = marked.lastIndexOf('|');
  const text = marked.replaceAll('|', '');
  const stepped = stepPart(text, start, end > start ? end - 1 : start, by, NOW);
  if (!stepped) return null;
  const { text: after, start: from, end: to } = stepped;
  return `${after.slice(0, from)}|${after.slice(from, to)}|${after.slice(to)}`;
}

test.each([
  ['1|3:00 – 14:00', '|14|:00 – 14:00', '|12|:00 – 14:00'],
  ['13:00 – 14:|00|', '13:00 – 14:|01|', '13:00 – 13:|59|'],
  ['13:0|0', '13:|01|', '12:|59|'],
  ['23:59:5|9', '00:00:|00|', '23:59:|58|'],
  ['9|:05', '|10|:05', '|8|:05'],
  ['Nov 2|1, 13:00', 'Nov |22|, 13:00', 'Nov |20|, 13:00'],
  ['Nov |3|0', 'Dec |1|', 'Nov |29|'],
  ['Nov 30, 2|3:00', 'Dec 1, |00|:00', 'Nov 30, |22|:00'],
  ['N|ov 30, 23:00', '|Dec| 30, 23:00', '|Oct| 30, 23:00'],
  ['M|ar 31', '|Apr| 30', '|Feb| 28'],
  ['Dec 31 2|025, 23:00', 'Dec 31 |2026|, 23:00', 'Dec 31 |2024|, 23:00'],
  ['Dec 31 2025, |23|:00', 'Jan 1 2026, |00|:00', 'Dec 31 2025, |22|:00'],
  ['Nov 21, 1|1:00 pm - 2:00 pm', 'Nov 22, |12|:00 am - 2:00 pm', 'Nov 21, |10|:00 pm - 2:00 pm'],
  ['1:00 p|m', '1:00 |am|', '1:00 |am|'],
  ['1|pm', '|2|pm', '|12|pm'],
  ['since 10a|m', 'since 10|pm|', 'since 10|pm|'],
  ['1/3|1', '2/|1|', '1/|30|'],
  ['1|2/31', '|1|/31', '|11|/30'],
  ['2026-11-30 2|3:30', '2026-12-01 |00|:30', '2026-11-30 |22|:30'],
  ['2026-|11|-30', '2026-|12|-30', '2026-|10|-30'],
  ['1|5m', '|16|m', '|14|m'],
  ['Past |1|5 minutes', 'Past |16| minutes', 'Past |14| minutes'],
  ['Past 15| minutes', 'Past |16| minutes', 'Past |14| minutes'],
  ['|1h', '|2|h', '|1|h'],
  ['3h ago to 1|h ago', '3h ago to |2|h ago', '3h ago to |1|h ago'],
])('at %j up and down', (marked, up, down) => {
  expect([step(marked, 1), step(marked, -1)]).toEqual([up, down]);
});

test('where there is no part, nothing happens', () => {
  expect(step('|13:00 – 14:00|', 1)).toBeNull();
  expect(step('yester|day', 1)).toBeNull();
  expect(step('|', -1)).toBeNull();
});

test('up and down again is where it was', () => {
  const text = 'Nov 21, 13:00 – Nov 22, 14:30:15';
  for (let at = 0; at < text.length; at++) {
    const up = stepPart(text, at, at, 1, NOW);
    if (up) expect(stepPart(up.text, up.start, up.end, -1, NOW)?.text).toBe(text);
  }
});
