// What a payload adds to the statistics, as a section of its frame in the log. Layout: docs/formats/log.md.
#pragma once

#include "base/buffer.h"
#include "base/result.h"
#include "model/stats_batch.h"
#include "store/embedded/table_batch.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

// Columns of the section, in the schema's order; the texts of the key are the model::kStatsTexts behind Bucket.
enum class StatsColumn : std::uint32_t {
  Bucket,
  FirstText,
  HttpStatus = FirstText + model::kStatsTexts,
  Kind,
  Flags,
  Hits,
  TopLevelHits,
  Errors,
  Duration,
  MaxDuration,
  OkBins,
  ErrorBins,
};

const TableSchema& stats_schema();

// How many bytes encode_stats() appends, or a few more.
std::size_t encoded_stats_bytes(const model::StatsBatch& batch);

// Appends the section for all rows of `batch`; `out` must be at a multiple of 8 bytes.
void encode_stats(const model::StatsBatch& batch, Buffer& out);

// InvalidInput when somebody couldn't read or add up what it has: times that are no buckets, sums that are no numbers,
// bins that don't read. For whoever appends.
Result<void> check_stats(const model::StatsBatch& batch);

// The rows of a parsed section: keys with codes into its strings. Corrupt for the reasons above.
Result<void> check_stats(const TableBatch& section);
model::StatsKey stats_key(const TableBatch& section, std::size_t row);
model::StatsCounts stats_counts(const TableBatch& section, std::size_t row);

}  // namespace vizsla::store
