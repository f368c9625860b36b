// Finds trace ids in whatever somebody pastes: a log line, a `traceparent` header, a URL, an id in hex or decimal.
//
// What is named as a trace id comes first, then what has the form of one, best form first. Ids come out in the forms that
// the API's paths take: 32 or 16 hex digits. A decimal is turned into hex here, because sixteen decimal digits would be
// read as hex by everyone else.

export interface TraceIdCandidate {
  traceId: string;
  // 16 hex digits, when the text names a span of that trace as well.
  spanId?: string;
  // What was found, for the list of choices.
  form: string;
}

const CANDIDATES_MAX = 5;
// Shorter numbers in a sentence are ports, counts and years. A random 64-bit id has this many digits in 99.9 % of cases.
const BARE_DECIMAL_DIGITS_MIN = 16;

const NAMED_TRACE = /(?:trace[_.-]?id|traceid|trace)["']?\s*(?:[:=/]|%3[ad]|\s)\s*["']?(?:0x)?([0-9a-f-]{1,39})\b/gi;
const NAMED_SPAN =
  /(?:span[_.-]?id|spanid|parent[_.-]?id|span)["']?\s*(?:[:=/]|%3[ad]|\s)\s*["']?(?:0x)?([0-9a-f]{1,20})\b/gi;
const TRACEPARENT = /\b[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}\b/gi;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const HEX_32 = /(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])/gi;
const HEX_16 = /(?<![0-9a-z])[0-9a-f]{16}(?![0-9a-z])/gi;
const DECIMAL = /(?<![0-9a-z.])\d{1,39}(?![0-9a-z.])/gi;

export function extractTraceIds(text: string): TraceIdCandidate[] {
  const candidates = new Candidates();
  const trimmed = text.trim();

  for (const [, traceId, spanId] of trimmed.matchAll(TRACEPARENT)) {
    candidates.add(traceId, 'W3C traceparent', notZero(spanId));
  }
  // Spans are taken out, so that their ids aren't offered as traces.
  const spans = Array.from(trimmed.matchAll(NAMED_SPAN), (match) => match[1]);
  const spanId = spans.length > 0 ? hexOf(spans[0], 16) : undefined;
  const rest = trimmed.replace(TRACEPARENT, ' ');
  for (const [, id] of rest.matchAll(NAMED_TRACE)) candidates.addAny(id, 'named in the text', spanId);
  const unnamed = rest.replace(NAMED_SPAN, ' ').replace(NAMED_TRACE, ' ');
  for (const [id] of unnamed.matchAll(UUID)) candidates.add(id.replaceAll('-', ''), '32 hex digits', spanId);
  for (const [id] of unnamed.matchAll(HEX_32)) candidates.add(id, '32 hex digits', spanId);

  const alone = /^\d+$/.test(trimmed);
  for (const [id] of unnamed.matchAll(HEX_16)) candidates.add(id, '16 hex digits', spanId);
  for (const [id] of unnamed.matchAll(DECIMAL)) {
    if (alone || id.length >= BARE_DECIMAL_DIGITS_MIN) candidates.addDecimal(id, spanId);
  }
  return candidates.found.slice(0, CANDIDATES_MAX);
}

class Candidates {
  readonly found: TraceIdCandidate[] = [];

  add(hex: string, form: string, spanId?: string): void {
    const traceId = hex.toLowerCase();
    if (/^0*$/.test(traceId) || this.found.some((other) => other.traceId === traceId)) return;
    this.found.push(spanId === undefined ? { traceId, form } : { traceId, form, spanId });
  }

  addDecimal(decimal: string, spanId?: string): void {
    const hex = BigInt(decimal).toString(16);
    if (hex.length <= 32) this.add(hex.padStart(hex.length <= 16 ? 16 : 32, '0'), 'decimal', spanId);
  }

  // An id of which only the name is known. Sixteen decimal digits can be either: hex first, as everybody reads them.
  addAny(id: string, form: string, spanId?: string): void {
    const digits = id.replaceAll('-', '');
    if (digits.length === 32 || digits.length === 16) this.add(digits, form, spanId);
    if (/^\d+$/.test(digits) && digits.length !== 32) this.addDecimal(digits, spanId);
    else if (/^[0-9a-f]{17,31}$/i.test(digits)) this.add(digits.padStart(32, '0'), form, spanId);
    else if (/^[0-9a-f]{8,15}$/i.test(digits)) this.add(digits.padStart(16, '0'), form, spanId);
  }
}

function hexOf(id: string, digits: number): string | undefined {
  if (/^\d{17,20}$/.test(id)) return BigInt(id).toString(16).padStart(digits, '0');
  return id.length === digits ? notZero(id.toLowerCase()) : undefined;
}

function notZero(id: string): string | undefined {
  return /^0*$/.test(id) ? undefined : id.toLowerCase();
}
