// A SpanBatch as text, for comparing what decoders give. Wire columns only.
#pragma once

#include <string>

#include <fmt/format.h>

#include "model/span_batch.h"

namespace vizsla::codec::testing {

inline std::string show(const model::SpanBatch& batch) {
  std::string text;
  const auto& strings = batch.strings;
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    text += "chunk\n";
    for (std::size_t row = batch.chunk_begin(chunk); row < batch.chunk_end[chunk]; ++row) {
      text += fmt::format("  trace={} span={} parent={} start={} duration={} error={}\n", batch.trace_id[row],
                          batch.span_id[row], batch.parent_id[row], batch.start_ns[row], batch.duration_ns[row],
                          batch.error[row]);
      text += fmt::format("  service={} operation={} resource={} type={}\n", strings[batch.service[row]],
                          strings[batch.operation[row]], strings[batch.resource[row]], strings[batch.type[row]]);
      for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
        text += fmt::format("  meta {}={}\n", strings[batch.meta.key[i]], strings[batch.meta.value[i]]);
      for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i)
        text += fmt::format("  metric {}={}\n", strings[batch.metrics.key[i]], batch.metrics.value[i]);
      if (batch.links[row] != 0) text += fmt::format("  links {}\n", strings[batch.links[row]]);
      if (batch.events[row] != 0) text += fmt::format("  events {}\n", strings[batch.events[row]]);
    }
  }
  return text;
}

}  // namespace vizsla::codec::testing
