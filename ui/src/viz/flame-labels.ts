// Cuts text to the width of a bar, by the average width of a character: measuring each text would cost more than drawing it.

const ELLIPSIS = '…';
const SHORTEST = 3;
// No bar is wider than a screen; what is longer isn't even looked at.
const LONGEST = 400;
const SAMPLE = 'etaoinshrdlucmfwypvbgkETAOINSHRDLU0123456789/_.-: ';

// Characters that reorder, break or hide text. They come from outside, and a canvas would obey them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

export function averageCharacter(context: Pick<CanvasRenderingContext2D, 'measureText'>): number {
  return context.measureText(SAMPLE).width / SAMPLE.length;
}

// Empty when there is no room for anything that could be read.
export function fitText(text: string, width: number, characterWidth: number): string {
  const room = Math.min(LONGEST, Math.floor(width / characterWidth));
  if (room < SHORTEST) return '';
  if (text.length <= room) return visibleText(text);
  // Not through the middle of a character that takes two units.
  const cut = text.slice(0, room - 1).replace(/[\ud800-\udbff]$/, '');
  return visibleText(cut).trimEnd() + ELLIPSIS;
}

export function visibleText(text: string): string {
  return text.replace(UNSEEN, ' ');
}

// The beginning of a text that nobody would read to its end.
export function shortened(text: string, length: number): string {
  return text.length <= length ? visibleText(text) : fitText(text, length, 1);
}
