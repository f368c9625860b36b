// A part of a URL's path as the name that it stands for. A percent sign that begins no code stands for itself.
export function nameInPath(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
