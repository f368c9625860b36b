// The store that is obviously right: a list of spans, looked through from one end to the other. What the others are
// compared with. Thread-safe, slow.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "store/span_store.h"
#include "store/stats_store.h"

namespace vizsla::store::testing {

class OracleStore final : public SpanWriter, public SpanReader, public StatsReader {
 public:
  explicit OracleStore(const Clock& clock) : clock_(clock) {}

  void append(const model::SpanBatch& batch, const model::StatsBatch& stats, Hash128 payload, Done done) override;
  Result<model::SpanSet> read_trace(model::TraceId id, SpanDetail detail, const ReadLimits& limits) override;
  Result<model::SpanSet> read_spans(model::TraceId id, std::span<const model::SpanId> wanted,
                                    const ReadLimits& limits) override;
  Result<TraceSet> read_traces(std::span<const model::TraceId> ids, SpanDetail detail,
                               const ReadLimits& limits) override;
  Result<SpanPage> search(const query::SpanSearch& search, SpanDetail detail, const ReadLimits& limits) override;
  Result<query::StatsAnswer> read_stats(const query::StatsQuery& query, const ReadLimits& limits) override;
  [[nodiscard]] std::uint64_t span_count() const override;

 private:
  // A row of the statistics, with its texts.
  struct StatsEntry {
    std::vector<std::string> values;  // by query::StatsField
    UnixNanos bucket_ns = 0;
    model::StatsCounts counts;
    std::string ok_bins;
    std::string error_bins;
  };

  const Clock& clock_;
  Guarded<model::SpanSet> spans_;
  Guarded<std::vector<StatsEntry>> stats_;
};

// The row `row` of `batch` as a span, by the plainest way.
model::Span to_span(const model::SpanBatch& batch, std::size_t row, TextArena& texts);

// Drops from `span` what an Outline leaves out.
void keep_outline(model::Span& span);

}  // namespace vizsla::store::testing
