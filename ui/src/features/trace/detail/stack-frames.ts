// Takes a stack trace apart, so that one's own frames stand out among those of libraries. Knows the forms of Python, Java,
// Node.js, Go, Ruby, .NET and PHP; everything else stays plain text.

export type FrameKind = 'text' | 'app' | 'library';

// Consecutive lines of one kind.
export interface StackPart {
  kind: FrameKind;
  lines: string[];
  frames: number;
}

const FRAME = [
  /^\s*at \S+/, // Java, Node.js, .NET
  /^\s+File ".+", line \d+/, // Python
  /^\s*(?:from |\d+: )?\S+\.rb:\d+:in /, // Ruby
  /^#\d+ /, // PHP
  /^\s*\.\.\. \d+ (?:more|common frames omitted)/, // Java, the rest of a cause
  /^[\w./*()-]+\(.*\)$|^created by /, // Go, the function; its file follows
];
// Lines that belong to the frame before them: Python's source line and its marks, Go's file.
const CONTINUATION = /^(?:\t\S+:\d+|\s{4,}\S)/;

const LIBRARY = new RegExp(
  [
    'site-packages|dist-packages|/lib/python\\d|<frozen ', // Python
    'node_modules|node:|\\(internal/', // Node.js
    // Java and its usual company
    '^\\s*at (?:java|javax|jakarta|jdk|sun|com\\.sun|kotlin|scala|groovy|reactor|io\\.netty|org\\.(?:springframework|apache|eclipse|hibernate|jboss|junit))\\.',
    '^\\s*\\.\\.\\. \\d+ ',
    '^\\s*at (?:System|Microsoft)\\.', // .NET
    '/usr/local/go/src/|/pkg/mod/|^runtime[./]|^net/http\\.|^created by net/http|go/src/runtime/', // Go
    '/gems/|/lib/ruby/', // Ruby
    '/vendor/', // PHP, Go
  ].join('|'),
);

export function parseStack(stack: string): StackPart[] {
  const frames: { kind: FrameKind; lines: string[] }[] = [];
  for (const line of stack.replace(/\s+$/, '').split('\n')) {
    const last = frames[frames.length - 1];
    if (FRAME.some((form) => form.test(line))) frames.push({ kind: 'app', lines: [line] });
    else if (last && last.kind !== 'text' && CONTINUATION.test(line)) last.lines.push(line);
    else frames.push({ kind: 'text', lines: [line] });
  }
  for (const frame of frames) {
    // Go names the file only in the frame's second line.
    if (frame.kind === 'app' && frame.lines.some((line) => LIBRARY.test(line))) frame.kind = 'library';
  }
  return merge(frames);
}

function merge(frames: readonly { kind: FrameKind; lines: string[] }[]): StackPart[] {
  const parts: StackPart[] = [];
  for (const frame of frames) {
    const last = parts[parts.length - 1];
    if (last?.kind === frame.kind) {
      last.lines.push(...frame.lines);
      last.frames++;
    } else {
      parts.push({ kind: frame.kind, lines: [...frame.lines], frames: 1 });
    }
  }
  return parts;
}
