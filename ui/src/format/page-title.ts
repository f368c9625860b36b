// The title of a page that is named after something that was sent: browsers show the begin of it, and keep it in the history.

const PART_MAX = 80;
// What turns text around, and what can't be seen: " · Vizsla" must stay where it is.
const UNSEEN = /[\p{Cc}\p{Cf}]+/gu;

export function pageTitle(...parts: readonly string[]): string {
  return [...parts.map(shortened), 'Vizsla'].filter(Boolean).join(' · ');
}

function shortened(part: string): string {
  const characters = Array.from(
    part
      .slice(0, PART_MAX * 4)
      .replace(UNSEEN, ' ')
      .trim(),
  );
  return characters.length > PART_MAX ? `${characters.slice(0, PART_MAX - 1).join('')}…` : characters.join('');
}

// Nothing of it can be seen, or clicked on.
export function isBlank(name: string): boolean {
  return name.replace(UNSEEN, '').trim() === '';
}
