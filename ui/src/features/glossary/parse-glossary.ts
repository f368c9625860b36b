// docs/glossary.md as sections of paragraphs and terms.
//
// Reads what that page is made of and no more: headings of two levels, paragraphs, tables of two columns, and in a line
// *emphasis*, **strong** and `code`. Whatever else stands there is an error that names its line, so that a test fails
// before a page shows half of it. A library for all of Markdown would be ten times the size of the page.

export interface Run {
  kind: 'text' | 'emphasis' | 'strong' | 'code';
  text: string;
}

// A word or a number, and what it means. `id` is its anchor: error-rate.
export interface Term {
  id: string;
  name: Run[];
  meaning: Run[];
}

export type Block = { kind: 'paragraph'; runs: Run[] } | { kind: 'terms'; terms: Term[] };

export interface Section {
  id: string;
  title: string;
  blocks: Block[];
}

export interface Glossary {
  title: string;
  // Above the first section.
  intro: Run[][];
  sections: Section[];
}

const MARKS = { '`': 'code', '**': 'strong', '*': 'emphasis' } as const;
const INLINE = /(`|\*\*|\*)(\S|\S.*?\S)\1/g;
// Lists, quotes, rules, fences, HTML and deeper headings.
const UNKNOWN_BLOCK = /^(#{3,}|[-+*>] |\d+[.)] |-{3}|```|<|\s)/;
const HEAD_RULE = /^\|-+\|-+\|$/;

export function parseGlossary(markdown: string): Glossary {
  let title = '';
  const intro: Run[][] = [];
  const sections: Section[] = [];
  const ids = new Set<string>();
  const lines = markdown.split('\n');
  let at = 0;

  // Takes the lines that belong to the block at hand.
  function take(belongs: (line: string) => boolean): string[] {
    const begin = at;
    while (at < lines.length && belongs(lines[at])) at++;
    return lines.slice(begin, at);
  }
  // A heading and a term of the same name would share an anchor.
  function idOf(name: string, place: number): string {
    const id = termId(name);
    if (!id || ids.has(id)) throw wrong(place, `a name of its own instead of “${name}”`);
    ids.add(id);
    return id;
  }

  while (at < lines.length) {
    const line = lines[at];
    const blocks = sections.at(-1)?.blocks;
    if (line === '') {
      at++;
    } else if (line.startsWith('# ') && !title) {
      title = line.slice(2);
      at++;
    } else if (line.startsWith('## ')) {
      sections.push({ id: idOf(line.slice(3), at), title: line.slice(3), blocks: [] });
      at++;
    } else if (line.startsWith('|')) {
      const first = at;
      const [, rule, ...rows] = take((each) => each.startsWith('|'));
      if (!blocks || !HEAD_RULE.test(rule ?? '')) throw wrong(first, 'a section’s table of two columns');
      const terms = rows.map((row, i) => {
        const [name, meaning] = cellsOf(row, first + 2 + i);
        return { id: idOf(plainText(name), first + 2 + i), name, meaning };
      });
      blocks.push({ kind: 'terms', terms });
    } else if (UNKNOWN_BLOCK.test(line) || line.startsWith('# ')) {
      throw wrong(at, 'a heading, a paragraph or a table');
    } else {
      const first = at;
      const paragraph = take((each) => each !== '' && !/^[#|]/.test(each) && !UNKNOWN_BLOCK.test(each));
      const runs = parseRuns(paragraph.join(' '), first);
      if (blocks) blocks.push({ kind: 'paragraph', runs });
      else intro.push(runs);
    }
  }
  return { title, intro, sections };
}

export function termId(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

export function plainText(runs: readonly Run[]): string {
  return runs.map((run) => run.text).join('');
}

function cellsOf(row: string, place: number): [Run[], Run[]] {
  const cells = row.split('|').map((cell) => cell.trim());
  if (cells.length !== 4 || cells[0] || cells[3] || !cells[1] || !cells[2]) throw wrong(place, 'a row of two cells');
  return [parseRuns(cells[1], place), parseRuns(cells[2], place)];
}

function parseRuns(text: string, place: number): Run[] {
  const runs: Run[] = [];
  let end = 0;
  function addText(part: string) {
    if (/[`*]|\]\(/.test(part))
      throw wrong(place, 'only emphasis, strong words and code, each closed in its paragraph');
    if (part) runs.push({ kind: 'text', text: part });
  }
  for (const found of text.matchAll(INLINE)) {
    addText(text.slice(end, found.index));
    runs.push({ kind: MARKS[found[1] as keyof typeof MARKS], text: found[2] });
    end = found.index + found[0].length;
  }
  addText(text.slice(end));
  return runs;
}

function wrong(place: number, wanted: string): Error {
  return new Error(`docs/glossary.md:${place + 1}: wanted ${wanted}`);
}
