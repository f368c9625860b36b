#include "store/embedded/stats_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "sketch/duration_sketch.h"
#include "store/embedded/stats_block.h"

namespace vizsla::store {
namespace {

bool reads(Bytes bins) {
  return sketch::decode_duration_bins(bins, [](sketch::DurationBin, double) {});
}

bool is_sum(double value) {
  return std::isfinite(value) && value >= 0;
}

// What is wrong with the block's content; "" when nothing is. Widens `times` to its buckets.
std::string_view fault_of(const StatsBlock& block, BlockInfo& times) {
  const auto string_of = [&](model::StringCode code) { return block.string(code); };
  for (std::size_t i = 0; i < block.keys().size(); ++i) {
    const StatsKeyTexts key = texts_of(block.keys()[i], string_of);
    if (block.small() && small_key(key) != key) return "a small key has what small ones don't";
    if (i > 0 && !(texts_of(block.keys()[i - 1], string_of) < key)) return "its keys don't rise";
    std::string_view wrong;
    block.visit_rows(i, [&](std::size_t row, Bytes ok, Bytes error) {
      const UnixNanos bucket = block.bucket_ns(row);
      times.time_min = std::min(times.time_min, bucket);
      times.time_max = std::max(times.time_max, bucket + block.resolution_ns() - 1);
      const model::StatsCounts counts = block.counts(row);
      if (bucket % block.resolution_ns() != 0) wrong = "a row's time is no bucket's beginning";
      if (!is_sum(counts.hits) || !is_sum(counts.top_level_hits) || !is_sum(counts.errors) ||
          !is_sum(counts.duration_ns) || counts.max_duration_ns < 0)
        wrong = "a row's sums are off";
      if (!reads(ok) || !reads(error)) wrong = "a row's bins don't read";
    });
    if (!wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace

StatsCheck check_stats_block(Bytes content, const BlockInfo& block) {
  StatsCheck check;
  const auto parsed = StatsBlock::parse(content);
  if (!parsed) {
    check.failure = parsed.error();
    return check;
  }
  check.truth = block;
  check.truth.rows = (*parsed)->rows();
  check.truth.resolution_ns = (*parsed)->resolution_ns();
  check.truth.small = (*parsed)->small();
  check.truth.time_min = std::numeric_limits<UnixNanos>::max();
  check.truth.time_max = std::numeric_limits<UnixNanos>::min();
  const std::string_view wrong = fault_of(**parsed, check.truth);
  if (!wrong.empty()) check.failure = Error{ErrorCode::Corrupt, std::string(wrong)};
  if ((*parsed)->rows() == 0) check.failure = Error{ErrorCode::Corrupt, "it has no rows"};
  return check;
}

}  // namespace vizsla::store
