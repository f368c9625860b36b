// Builds traces span by span, as a tracer would: open a child, let time pass, close it.

import { seededRandom } from './random.mjs';

/**
 * A span before it is answered in either of the API's forms.
 * @typedef {object} MockSpan
 * @property {string} id
 * @property {string | null} parentId
 * @property {string} service
 * @property {string} operation
 * @property {string} resource
 * @property {string} type
 * @property {'' | 'internal' | 'server' | 'client' | 'producer' | 'consumer'} kind
 * @property {number} start ns after the trace's start
 * @property {number} duration ns
 * @property {boolean} failed
 * @property {boolean} unfinished
 * @property {Record<string, string>} meta
 * @property {Record<string, number>} metrics
 * @property {{ at: number, name: string, attributes: Record<string, unknown> }[]} events
 * @property {{ trace_id: string, span_id: string, attributes: Record<string, string>, tracestate: string }[]} links
 */

/**
 * @typedef {object} MockTrace
 * @property {string} traceId
 * @property {bigint} startNs
 * @property {boolean} arriving
 * @property {MockSpan[]} spans
 */

/** @typedef {Partial<Omit<MockSpan, 'id' | 'parentId' | 'start' | 'duration'>>} SpanFacts */

export class SpanBuilder {
  /** @param {number} seed */
  constructor(seed) {
    this.random = seededRandom(seed);
    /** @type {MockSpan[]} */
    this.spans = [];
    this.now = 0;
    /** @type {MockSpan[]} */
    this.open = [];
  }

  /**
   * Opens a span below the innermost open one, runs `body` inside it, and closes it.
   * @param {string} service
   * @param {string} operation
   * @param {string} resource
   * @param {SpanFacts} facts
   * @param {(span: MockSpan) => void} [body]
   */
  span(service, operation, resource, facts = {}, body = undefined) {
    const parent = this.open.at(-1);
    /** @type {MockSpan} */
    const span = {
      id: this.random.hex(16),
      parentId: parent?.id ?? null,
      service,
      operation,
      resource,
      type: facts.type ?? parent?.type ?? '',
      kind: facts.kind ?? 'internal',
      start: this.now,
      duration: 0,
      failed: facts.failed ?? false,
      unfinished: facts.unfinished ?? false,
      meta: {
        env: 'production',
        version: '2026.11.3',
        language: 'python',
        'runtime-id': this.random.hex(32),
        ...facts.meta,
      },
      metrics: { process_id: 4121, ...facts.metrics },
      events: facts.events ?? [],
      links: facts.links ?? [],
    };
    this.spans.push(span);
    this.open.push(span);
    if (body) body(span);
    this.open.pop();
    span.duration = Math.max(1, this.now - span.start);
    return span;
  }

  /** Time in which the innermost open span does its own work. @param {number} millis */
  work(millis) {
    this.now += this.random.latency(millis);
  }

  /** Time that passes exactly. @param {number} millis */
  wait(millis) {
    this.now += Math.round(millis * 1e6);
  }

  /** Runs the bodies as if at the same time; goes on when the slowest has ended. @param {(() => void)[]} bodies */
  parallel(bodies) {
    const begin = this.now;
    let end = begin;
    for (const body of bodies) {
      this.now = begin + this.random.between(0, 400_000);
      body();
      end = Math.max(end, this.now);
    }
    this.now = end;
  }
}
