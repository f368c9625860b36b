// Statistics on their way from one place to another: rows by key, from live parts and from blocks, merged.
//
// Keys have an order: by their texts, one after the other (environment, service, operation, resource, …), then by their
// numbers. Whatever holds statistics gives its keys in that order, with the rows of each by bucket, so that any number
// of sources is merged in one pass, with the rows of one key in memory.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/stats_batch.h"
#include "sketch/duration_bins.h"

namespace vizsla::store {

// A key by its texts themselves. Borrows them.
struct StatsKeyTexts {
  std::array<std::string_view, model::kStatsTexts> texts{};
  std::uint16_t http_status = 0;
  model::SpanKind kind = model::SpanKind::Unknown;
  std::uint8_t flags = 0;

  auto operator<=>(const StatsKeyTexts&) const = default;
};

template <class StringOf>
StatsKeyTexts texts_of(const model::StatsKey& key, StringOf&& string_of) {
  StatsKeyTexts texts;
  for (std::size_t i = 0; i < model::kStatsTexts; ++i) texts.texts[i] = string_of(key.texts[i]);
  texts.http_status = key.http_status;
  texts.kind = key.kind;
  texts.flags = key.flags;
  return texts;
}

// The key of the small table: what lists don't ask for is left out (query::is_small_field).
StatsKeyTexts small_key(StatsKeyTexts key);

struct StatsRow {
  UnixNanos bucket_ns = 0;
  model::StatsCounts counts;
  std::string_view ok_bins;  // as of sketch::DurationBinWriter
  std::string_view error_bins;
};

// One thread at a time.
class StatsSource {
 public:
  virtual ~StatsSource() = default;

  // Goes to the next key; false behind the last. At first there is none.
  virtual bool next() = 0;
  // Of the key at hand; not lower than the one before. Valid until the next call of next().
  [[nodiscard]] virtual const StatsKeyTexts& key() const = 0;
  // Appends its rows, in any order; a bucket may be there more than once. Their bins are the source's, or in `texts`.
  virtual void rows(std::vector<StatsRow>& into, std::deque<std::string>& texts) const = 0;
};

// Brings rows of one key to a resolution. One thread at a time.
class StatsRollUp {
 public:
  explicit StatsRollUp(std::int64_t resolution_ns) : resolution_ns_(resolution_ns) {}

  // Adds up the rows of each bucket: what is left in `rows` is by bucket, each once. Bins that had to be added up are
  // in `texts`, packed.
  void add_up(std::vector<StatsRow>& rows, std::deque<std::string>& texts);

 private:
  std::string_view add_bins(std::span<const StatsRow> rows, std::string_view StatsRow::* bins,
                            std::deque<std::string>& texts);

  const std::int64_t resolution_ns_;
  sketch::DurationBinSums sums_;
  sketch::DurationBinPacker packer_;
};

// Takes a key and its rows, which are valid during the call.
using TakeStats = std::function<Result<void>(const StatsKeyTexts& key, const std::vector<StatsRow>& rows)>;

// All keys of all sources in order, each once. What take() answers with an error ends it.
Result<void> merge_stats(std::vector<std::unique_ptr<StatsSource>>& sources, std::int64_t resolution_ns,
                         const TakeStats& take);

}  // namespace vizsla::store
