// The store that is obviously right: a list of spans, looked through from one end to the other. What the others are
// compared with. Thread-safe, slow.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "store/span_store.h"

namespace vizsla::store::testing {

class OracleStore final : public SpanWriter, public SpanReader {
 public:
  explicit OracleStore(const Clock& clock) : clock_(clock) {}

  void append(const model::SpanBatch& batch, Hash128 payload, Done done) override;
  Result<model::SpanSet> read_trace(model::TraceId id, SpanDetail detail, const ReadLimits& limits) override;
  Result<TraceSet> read_traces(std::span<const model::TraceId> ids, SpanDetail detail,
                               const ReadLimits& limits) override;
  Result<SpanPage> search(const query::SpanSearch& search, SpanDetail detail, const ReadLimits& limits) override;
  [[nodiscard]] std::uint64_t span_count() const override;

 private:
  const Clock& clock_;
  Guarded<model::SpanSet> spans_;
};

// The row `row` of `batch` as a span, by the plainest way.
model::Span to_span(const model::SpanBatch& batch, std::size_t row, TextArena& texts);

// Drops from `span` what an Outline leaves out.
void keep_outline(model::Span& span);

}  // namespace vizsla::store::testing
