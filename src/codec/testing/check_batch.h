// What holds for every batch that a decoder gives, whatever it was fed: for fuzz targets.
#pragma once

#include "base/check.h"
#include "codec/text.h"
#include "model/span_batch.h"

namespace vizsla::codec::testing {

inline void check_batch(const model::SpanBatch& batch, bool decoded) {
  const std::size_t rows = batch.size();
  for (const std::size_t size :
       {batch.span_id.size(), batch.parent_id.size(), batch.start_ns.size(), batch.service.size(),
        batch.operation.size(), batch.resource.size(), batch.type.size(), batch.links.size(), batch.events.size(),
        batch.meta_struct.size(), batch.meta.end.size(), batch.metrics.end.size()}) {
    VIZSLA_CHECK(size == rows);
  }
  VIZSLA_CHECK(batch.meta.key.size() == (rows == 0 ? 0 : batch.meta.end.back()));
  VIZSLA_CHECK(batch.metrics.key.size() == (rows == 0 ? 0 : batch.metrics.end.back()));

  const auto is_text = [&](model::StringCode code) {
    VIZSLA_CHECK(code < batch.strings.size());
    VIZSLA_CHECK(is_valid_utf8(batch.strings[code]));
  };
  for (std::size_t row = 0; row < rows; ++row) {
    for (const auto code : {batch.service[row], batch.operation[row], batch.resource[row], batch.type[row],
                            batch.links[row], batch.events[row]})
      is_text(code);
  }
  for (const auto code : batch.meta.key) is_text(code);
  for (const auto code : batch.meta.value) is_text(code);
  for (const auto code : batch.metrics.key) is_text(code);

  std::uint32_t begin = 0;
  for (const std::uint32_t end : batch.chunk_end) {
    VIZSLA_CHECK(end > begin);
    begin = end;
  }
  VIZSLA_CHECK(!decoded || begin == rows);

  const auto check_tags = [&](const std::vector<model::PayloadTag>& tags) {
    for (const auto& [key, value] : tags) {
      is_text(key);
      is_text(value);
    }
  };
  for (const model::PayloadAttributes& payload : batch.payloads) {
    for (const auto code :
         {payload.container_id, payload.language_name, payload.language_version, payload.tracer_version,
          payload.runtime_id, payload.env, payload.hostname, payload.app_version})
      is_text(code);
    check_tags(payload.tags);
  }
  for (const auto code : {batch.agent.hostname, batch.agent.env, batch.agent.version}) is_text(code);
  check_tags(batch.agent.tags);

  // By chunk, or not at all. (Empty lists of chunks may come from probes.)
  const std::size_t chunks = batch.payloads.empty() ? 0 : batch.chunk_end.size();
  VIZSLA_CHECK(batch.chunk_payload.size() == chunks && batch.chunk_dropped.size() == chunks);
  for (const std::uint32_t payload : batch.chunk_payload) VIZSLA_CHECK(payload < batch.payloads.size());
}

}  // namespace vizsla::codec::testing
