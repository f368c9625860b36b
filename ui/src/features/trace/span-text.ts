// The words of a span, from the skeleton's tables.

import type { ServiceRef } from '../../api/types';
import { formatCountOf } from '../../format/count';
import { formatDuration, formatDurationExact } from '../../format/duration';
import { formatShare } from '../../format/percent';
import type { Dimension } from '../../viz/dimensions';
import { shortened } from '../../viz/flame-labels';
import { SPAN_FLAGS, type TraceModel } from '../../viz/trace-model';

const DESCRIBED_MAX = 200;

export interface SpanText {
  service: ServiceRef;
  operation: string;
  resource: string;
  errorLine: string;
  // Empty when the resource says it already.
  httpMethod: string;
  httpStatus: number;
  dbSystem: string;
}

export function spanText({ skeleton }: Pick<TraceModel, 'skeleton'>, span: number): SpanText {
  const { spans, services, strings } = skeleton;
  const resource = strings.resources[spans.resource[span]];
  const method = strings.http_methods[spans.http_method[span]];
  return {
    service: services[spans.service[span]],
    operation: strings.operations[spans.operation[span]],
    resource,
    errorLine: strings.error_lines[spans.error_line[span]],
    httpMethod: resource.startsWith(`${method} `) ? '' : method,
    httpStatus: spans.http_status[span],
    dbSystem: strings.db_systems[spans.db_system[span]],
  };
}

export function nameIn({ skeleton }: TraceModel, dimension: Dimension, span: number): string {
  const { spans, services, strings } = skeleton;
  switch (dimension) {
    case 'service':
      return services[spans.service[span]].name;
    case 'operation':
      return strings.operations[spans.operation[span]];
    case 'resource':
      return strings.resources[spans.resource[span]];
    case 'type':
      return strings.types[spans.type[span]];
    case 'host':
      return strings.hosts[spans.host[span]];
  }
}

// What is odd about a span, each with a sentence that explains it.
export function spanOddities({ flags }: TraceModel, span: number): { name: string; meaning: string }[] {
  const bits = flags[span];
  const oddities: { name: string; meaning: string }[] = [];
  const note = (bit: number, name: string, meaning: string) => {
    if (bits & bit) oddities.push({ name, meaning });
  };
  note(SPAN_FLAGS.parentMissing, 'parent missing', 'This span names a parent that has not arrived.');
  note(SPAN_FLAGS.clockSkew, 'clock skew', 'Starts before or ends after its parent: the clocks of their hosts differ.');
  note(SPAN_FLAGS.sharedId, 'shared id', 'Another span of this trace has the same id.');
  note(SPAN_FLAGS.unfinished, 'unfinished', 'A snapshot of a span that was still open when it was sent.');
  return oddities;
}

// A span in a sentence, for those who don't see it.
export function describeSpan(model: TraceModel, span: number): string {
  const { spans } = model.skeleton;
  const { service, operation, resource, errorLine } = spanText(model, span);
  const duration = spans.duration[span];
  const parts = [
    `${service.name}, ${operation}`,
    ...(resource === operation ? [] : [shortened(resource, DESCRIBED_MAX)]),
    `duration ${formatDuration(duration)}, ${formatShare(duration, model.durationNs)} of the trace`,
    `self time ${formatDuration(spans.self_ns[span])}`,
    `starts at ${formatDuration(model.start[span])}`,
    formatCountOf(model.childCount[span], 'child', 'children'),
  ];
  if (model.failed[span]) parts.push(errorLine ? `failed: ${shortened(errorLine, DESCRIBED_MAX)}` : 'failed');
  return parts.join('; ');
}

// One line for tooltips: exact numbers behind the rounded ones.
export function spanTooltip(model: TraceModel, span: number): string {
  const { spans } = model.skeleton;
  const duration = spans.duration[span];
  return [
    `duration ${formatDurationExact(duration)} (${formatShare(duration, model.durationNs)} of the trace)`,
    `starts at ${formatDurationExact(model.start[span])}`,
    `self time ${formatDuration(spans.self_ns[span])}`,
  ].join('\n');
}
