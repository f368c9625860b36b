#include "codec/payload_error.h"

#include <fmt/format.h>

namespace vizsla::codec {

Error payload_error(const Error& error, bool truncated, model::SpanBatch& batch, const DecodeReport& report) {
  batch.meta.cut_to(batch.size());
  batch.metrics.cut_to(batch.size());
  const std::size_t chunk_begin = batch.chunk_end.empty() ? 0 : batch.chunk_end.back();
  return {error.code, fmt::format("{}{}, in span {} of chunk {}", truncated ? "unexpected-eof: " : "", error.message,
                                  batch.size() - chunk_begin + 1, report.chunks + 1)};
}

}  // namespace vizsla::codec
