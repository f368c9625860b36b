// A span as text, for comparing stores. What a store may choose (sequence, time of receipt, the order of numbers under
// one key) is left out.
#pragma once

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/span.h"

namespace vizsla::store::testing {

inline std::string show(const model::Span& s) {
  auto metrics = s.metrics;
  std::sort(metrics.begin(), metrics.end());
  return fmt::format(
      "{} {} parent={} start={} duration={} {}/{}/{}/{} env={} version={} host={} container={} {} {} base={} peer={} "
      "error={} entry={} root={} measured={} partial={} kind={} reason={} http={} priority={} weight={} meta={} "
      "metrics={} links={} "
      "events={} struct={}",
      model::to_hex(s.trace_id), model::to_hex(s.span_id), model::to_hex(s.parent_id), s.start_ns, s.duration_ns,
      s.service, s.operation, s.resource, s.type, s.env, s.version, s.host, s.container_id, s.language,
      s.tracer_version, s.base_service, s.peer_service, s.error, s.is_entry, s.is_root, s.measured, s.partial,
      static_cast<int>(s.kind), static_cast<int>(s.ingestion_reason), s.http_status, s.sampling_priority, s.weight,
      s.meta, metrics, s.links, s.events, s.meta_struct.size());
}

inline std::vector<std::string> show(const std::vector<model::Span>& spans) {
  std::vector<std::string> texts;
  for (const model::Span& span : spans) texts.push_back(show(span));
  return texts;
}

inline std::vector<std::string> show(const model::SpanSet& set) {
  return show(set.spans);
}

}  // namespace vizsla::store::testing
