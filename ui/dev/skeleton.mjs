// Answers a mock trace in the API's forms: skeleton, summary, span detail. Straightforward rather than fast; the rules are
// those that docs/api/openapi.yaml states.

import { SERVICES } from './scenarios.mjs';

/** @typedef {import('./span-builder.mjs').MockSpan} MockSpan */
/** @typedef {import('./span-builder.mjs').MockTrace} MockTrace */
/** @typedef {import('../src/api/types').TraceSkeleton} TraceSkeleton */
/** @typedef {import('../src/api/types').TraceSummary} TraceSummary */
/** @typedef {import('../src/api/types').SpanDetail} SpanDetail */

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const FLAG = { entry: 1, measured: 2, critical: 4, orphan: 8, skewed: 16, duplicate: 32, unfinished: 64 };

/** @param {string} name */
export function serviceRef(name) {
  const known = SERVICES.indexOf(name);
  return { name, slot: known < 0 ? SERVICES.length + 1 : known + 1 };
}

class StringTable {
  /** @param {string[]} initial */
  constructor(initial = []) {
    this.strings = [...initial];
    this.indexes = new Map(initial.map((text, i) => [text, i]));
  }

  /** @param {string} text */
  index(text) {
    const known = this.indexes.get(text);
    if (known !== undefined) return known;
    this.indexes.set(text, this.strings.length);
    return this.strings.push(text) - 1;
  }
}

/**
 * The spans in pre-order, siblings by start, with the index of each one's parent.
 * @param {MockSpan[]} spans
 */
function preOrder(spans) {
  const firstById = new Map();
  for (const span of spans) if (!firstById.has(span.id)) firstById.set(span.id, span);
  /** @type {Map<MockSpan | null, MockSpan[]>} */
  const children = new Map();
  for (const span of spans) {
    const parent = (span.parentId !== null && firstById.get(span.parentId)) || null;
    const siblings = children.get(parent);
    if (siblings) siblings.push(span);
    else children.set(parent, [span]);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => a.start - b.start);

  /** @type {MockSpan[]} */
  const order = [];
  /** @type {number[]} */
  const parents = [];
  const stack = [...(children.get(null) ?? [])].reverse().map((span) => ({ span, parent: -1 }));
  for (let next = stack.pop(); next; next = stack.pop()) {
    const index = order.push(next.span) - 1;
    parents.push(next.parent);
    const below = children.get(next.span) ?? [];
    for (let i = below.length - 1; i >= 0; i--) stack.push({ span: below[i], parent: index });
  }
  return { order, parents };
}

/** @param {MockTrace} trace @returns {TraceSkeleton} */
export function skeletonOf(trace) {
  const { order, parents } = preOrder(trace.spans);
  const n = order.length;
  const origin = order.reduce((min, span) => Math.min(min, span.start), Number.POSITIVE_INFINITY);
  const start = order.map((span) => span.start - origin);
  const end = order.map((span, i) => start[i] + span.duration);
  const total = end.reduce((max, value) => Math.max(max, value), 0);
  /** @type {number[][]} */
  const children = order.map(() => []);
  const depth = new Array(n).fill(1);
  for (let i = 0; i < n; i++) {
    if (parents[i] < 0) continue;
    children[parents[i]].push(i);
    depth[i] = depth[parents[i]] + 1;
  }

  const timesById = new Map();
  for (const span of order) timesById.set(span.id, (timesById.get(span.id) ?? 0) + 1);
  const exec = executionTimes(start, end, parents);
  const root = Math.max(
    0,
    order.findIndex((span) => span.parentId === null),
  );
  const criticalPath = criticalPathFrom(root, start, end, children);
  const critical = new Set(criticalPath.map((piece) => piece.span));

  const entry = order.map((span, i) => parents[i] < 0 || order[parents[i]].service !== span.service);
  const skewed = order.map((_, i) => parents[i] >= 0 && start[i] < start[parents[i]]);
  const flags = order.map(
    (span, i) =>
      (entry[i] ? FLAG.entry : 0) |
      (span.metrics['_dd.measured'] ? FLAG.measured : 0) |
      (critical.has(i) ? FLAG.critical : 0) |
      (parents[i] < 0 && span.parentId !== null ? FLAG.orphan : 0) |
      (skewed[i] ? FLAG.skewed : 0) |
      (timesById.get(span.id) > 1 ? FLAG.duplicate : 0) |
      (span.unfinished ? FLAG.unfinished : 0),
  );

  const services = serviceTable(order, entry, exec);
  const serviceIndex = new Map(services.map((service, i) => [service.name, i]));
  const operations = new StringTable();
  const resources = new StringTable();
  const [types, hosts, containers, methods, systems, errorLines] = Array.from(
    { length: 6 },
    () => new StringTable(['']),
  );
  const events = order.flatMap((span, i) =>
    span.events.map((event) => ({ span: i, at: event.at - origin, name: event.name })),
  );

  return {
    trace_id: trace.traceId,
    trace_id_low: String(BigInt(`0x${trace.traceId.slice(-16)}`)),
    start_ns: String(trace.startNs + BigInt(origin)),
    duration_ns: total,
    arriving: trace.arriving,
    root,
    span_count: n,
    error_count: order.filter((span) => span.failed).length,
    depth: depth.reduce((max, value) => Math.max(max, value), 0),
    services,
    spans: {
      id: order.map((span) => span.id),
      parent: parents,
      start,
      duration: order.map((span) => span.duration),
      service: order.map((span) => serviceIndex.get(span.service) ?? 0),
      operation: order.map((span) => operations.index(span.operation)),
      resource: order.map((span) => resources.index(span.resource)),
      type: order.map((span) => types.index(span.type)),
      kind: order.map((span) => KINDS.indexOf(span.kind)),
      error: order.map((span) => (span.failed ? 1 : 0)),
      flags,
      http_status: order.map((span) => Number(span.meta['http.status_code'] ?? 0)),
      http_method: order.map((span) => methods.index(span.meta['http.method'] ?? '')),
      host: order.map((span) => hosts.index(hostOf(span))),
      container: order.map(() => containers.index('')),
      db_system: order.map((span) => systems.index(span.meta['db.system'] ?? '')),
      error_line: order.map((span) => errorLines.index((span.meta['error.message'] ?? '').split('\n')[0])),
      self_ns: order.map((_, i) => selfTime(i, start, end, children)),
      exec_ns: exec,
    },
    strings: {
      operations: operations.strings,
      resources: resources.strings,
      types: types.strings,
      hosts: hosts.strings,
      containers: containers.strings,
      http_methods: methods.strings,
      db_systems: systems.strings,
      error_lines: errorLines.strings,
    },
    events: { span: events.map((e) => e.span), at: events.map((e) => e.at), name: events.map((e) => e.name) },
    critical_path: criticalPath,
    warnings: warningsOf(order, flags),
  };
}

/** @param {MockSpan} span */
function hostOf(span) {
  return `${span.service}-${(span.id.charCodeAt(0) % 3) + 1}.internal`;
}

/** @param {MockSpan[]} order @param {boolean[]} entry @param {number[]} exec */
function serviceTable(order, entry, exec) {
  /** @type {Map<string, TraceSkeleton['services'][number]>} */
  const byName = new Map();
  order.forEach((span, i) => {
    let service = byName.get(span.service);
    if (!service) {
      service = { ...serviceRef(span.service), type: '', spans: 0, errors: 0, exec_ns: 0 };
      byName.set(span.service, service);
    }
    if (entry[i] && !service.type) service.type = span.type;
    service.spans++;
    service.errors += span.failed ? 1 : 0;
    service.exec_ns += exec[i];
  });
  return [...byName.values()].sort((a, b) => b.exec_ns - a.exec_ns);
}

/** @param {number} i @param {number[]} start @param {number[]} end @param {number[][]} children */
function selfTime(i, start, end, children) {
  let covered = 0;
  let upTo = start[i];
  for (const child of children[i]) {
    const from = Math.max(upTo, start[child]);
    const to = Math.min(end[i], end[child]);
    if (to > from) {
      covered += to - from;
      upTo = to;
    }
  }
  return end[i] - start[i] - covered;
}

/**
 * Each moment is shared equally among the spans that are active: open, with no child open.
 * @param {number[]} start @param {number[]} end @param {number[]} parents
 */
function executionTimes(start, end, parents) {
  const moments = start.flatMap((_, i) => [
    { at: start[i], span: i, opens: true },
    { at: end[i], span: i, opens: false },
  ]);
  moments.sort((a, b) => a.at - b.at || Number(a.opens) - Number(b.opens));
  const exec = new Array(start.length).fill(0);
  const openChildren = new Array(start.length).fill(0);
  const isOpen = new Array(start.length).fill(false);
  // Time per active span, added up since the trace's start; a span gets the difference between leaving and joining.
  let perSpan = 0;
  let active = 0;
  let last = 0;
  const join = (/** @type {number} */ i) => {
    exec[i] -= perSpan;
    active++;
  };
  const leave = (/** @type {number} */ i) => {
    exec[i] += perSpan;
    active--;
  };
  for (const { at, span, opens } of moments) {
    if (active > 0) perSpan += (at - last) / active;
    last = at;
    const parent = parents[span];
    if (opens) {
      isOpen[span] = true;
      if (openChildren[span] === 0) join(span);
      if (parent >= 0 && openChildren[parent]++ === 0 && isOpen[parent]) leave(parent);
    } else {
      isOpen[span] = false;
      if (openChildren[span] === 0) leave(span);
      if (parent >= 0 && --openChildren[parent] === 0 && isOpen[parent]) join(parent);
    }
  }
  return exec;
}

/**
 * Walks back from the root's end: what ended last before a moment is what that moment waited for.
 * @param {number} root @param {number[]} start @param {number[]} end @param {number[][]} children
 */
function criticalPathFrom(root, start, end, children) {
  /** @type {TraceSkeleton['critical_path']} */
  const pieces = [];
  /** @param {number} span @param {number} from @param {number} to */
  function walk(span, from, to) {
    let cursor = to;
    const byEnd = [...children[span]].sort((a, b) => end[b] - end[a]);
    for (const child of byEnd) {
      const childEnd = Math.min(end[child], cursor);
      const childStart = Math.max(start[child], from);
      if (end[child] > cursor || childEnd <= childStart) continue;
      if (cursor > childEnd) pieces.push({ span, start: childEnd, end: cursor });
      walk(child, childStart, childEnd);
      cursor = childStart;
    }
    if (cursor > from) pieces.push({ span, start: from, end: cursor });
  }
  if (start.length > 0) walk(root, start[root], end[root]);
  return pieces.reverse();
}

/** @param {MockSpan[]} order @param {number[]} flags */
function warningsOf(order, flags) {
  /** @type {TraceSkeleton['warnings']} */
  const warnings = [];
  const flagged = (/** @type {number} */ bit) => order.map((_, i) => i).filter((i) => flags[i] & bit);
  /** @param {TraceSkeleton['warnings'][number]['code']} code @param {number[]} spans @param {string} message */
  const warn = (code, spans, message) => {
    if (spans.length > 0) warnings.push({ code, message, spans: spans.slice(0, 100) });
  };
  const orphans = flagged(FLAG.orphan);
  const roots = order.map((_, i) => i).filter((i) => order[i].parentId === null);
  warn('missing_parent', orphans, `${orphans.length} spans name a parent that hasn't arrived.`);
  if (roots.length > 1) warn('several_roots', roots, `${roots.length} spans have no parent.`);
  if (roots.length === 0) warn('no_root', orphans, 'The root span has not arrived.');
  warn('duplicate_ids', flagged(FLAG.duplicate), 'Several spans share an id.');
  warn('clock_skew', flagged(FLAG.skewed), 'Some spans start before their parent: the clocks of their hosts differ.');
  warn('unfinished', flagged(FLAG.unfinished), 'Some spans are snapshots of work that was still going on.');
  return warnings;
}

/** @param {MockTrace} trace @returns {TraceSummary} */
export function summaryOf(trace) {
  const skeleton = skeletonOf(trace);
  const { spans, strings } = skeleton;
  const root = skeleton.root;
  const failed = spans.error.indexOf(1);
  const failedSpan = failed < 0 ? undefined : trace.spans.find((span) => span.id === spans.id[failed]);
  const names = [...new Set(spans.service)].map((service) => serviceRef(skeleton.services[service].name));
  return {
    trace_id: trace.traceId,
    start_ns: skeleton.start_ns,
    duration_ns: skeleton.duration_ns,
    service: serviceRef(skeleton.services[spans.service[root]].name),
    operation: strings.operations[spans.operation[root]],
    resource: strings.resources[spans.resource[root]],
    type: strings.types[spans.type[root]],
    env: 'production',
    http_method: strings.http_methods[spans.http_method[root]],
    http_status: spans.http_status[root],
    status: spans.error[root] ? 'error' : 'ok',
    root_missing: skeleton.warnings.some((warning) => warning.code === 'no_root'),
    spans: skeleton.span_count,
    errors: skeleton.error_count,
    services: names,
    error: failedSpan
      ? {
          service: failedSpan.service,
          type: failedSpan.meta['error.type'] ?? '',
          message: (failedSpan.meta['error.message'] ?? '').split('\n')[0],
        }
      : null,
    arriving: skeleton.arriving,
  };
}

// A line of a list of spans.
/** @param {MockTrace} trace @param {MockTrace['spans'][number]} span */
export function foundSpanOf(trace, span) {
  const { trace_id, span_id, start_ns, duration_ns, service, operation, resource, type, ...others } = detailOf(
    trace,
    span,
  );
  const { env, version, http_status, status, error } = others;
  const failure = status === 'error' && error ? { type: error.type, message: error.message.split('\n')[0] } : null;
  const names = { service, operation, resource, type, env, version };
  return { trace_id, span_id, start_ns, duration_ns, ...names, http_status, status, error: failure };
}

// Not as the server draws it, but as a tree in lines all the same.
/** @param {MockTrace} trace */
export function textOf(trace) {
  const { order, parents } = preOrder(trace.spans);
  /** @type {number[]} */
  const levels = [];
  const lines = order.map((span, i) => {
    levels.push(parents[i] < 0 ? 0 : levels[parents[i]] + 1);
    return `${'  '.repeat(levels[i])}${span.service} ${span.operation} ${span.resource}`;
  });
  return [`trace ${trace.traceId}`, ...lines, ''].join('\n');
}

/** @param {MockTrace} trace @param {MockSpan} span @returns {SpanDetail} */
export function detailOf(trace, span) {
  const { meta } = span;
  const parent = trace.spans.find((other) => other.id === span.parentId);
  const failed = span.failed || meta['error.type'] !== undefined;
  return {
    trace_id: trace.traceId,
    span_id: span.id,
    span_id_decimal: String(BigInt(`0x${span.id}`)),
    parent_id: span.parentId,
    service: serviceRef(span.service),
    operation: span.operation,
    resource: span.resource,
    type: span.type,
    kind: span.kind,
    status: span.failed ? 'error' : 'ok',
    start_ns: String(trace.startNs + BigInt(span.start)),
    duration_ns: span.duration,
    received_ns: String(trace.startNs + BigInt(span.start + span.duration) + 800_000_000n),
    env: meta.env ?? '',
    version: meta.version ?? '',
    host: hostOf(span),
    container_id: '',
    language: meta.language ?? '',
    tracer_version: '3.18.1',
    base_service: meta['_dd.base_service'] ?? '',
    is_entry: parent === undefined || parent.service !== span.service,
    is_root: span.parentId === null,
    measured: span.metrics['_dd.measured'] === 1,
    sampling_priority: span.metrics._sampling_priority_v1 ?? null,
    ingestion_reason: 'auto',
    http_status: Number(meta['http.status_code'] ?? 0),
    error: failed
      ? { type: meta['error.type'] ?? '', message: meta['error.message'] ?? '', stack: meta['error.stack'] ?? '' }
      : null,
    meta,
    metrics: span.metrics,
    links: span.links.map((link) => ({ ...link, flags: 1 })),
    events: span.events.map((event) => ({
      time_ns: String(trace.startNs + BigInt(event.at)),
      name: event.name,
      attributes: /** @type {Record<string, never>} */ (event.attributes),
    })),
  };
}
