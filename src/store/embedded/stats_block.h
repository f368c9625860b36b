// Statistics of one resolution in a file: a table of keys, and for each of them its rows by bucket, as columns that are
// looked at where they lie. Layout: docs/formats/stats.md.
//
// A question looks at each key once (some tens of bytes) and at the rows of those that it wants, in the range that it
// wants: nothing is decompressed, nothing else is read. Files are made from their rows in memory, so whoever writes
// many rows writes several.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/stats_batch.h"
#include "model/string_table.h"
#include "store/embedded/mapped_file.h"
#include "store/embedded/stats_rows.h"

namespace vizsla::store {

// No bucket begins later (the year 2081), so that adding to one doesn't overflow.
inline constexpr UnixNanos kStatsTimeMax = std::numeric_limits<std::int64_t>::max() - 66'000 * kNanosPerDay;

// Columns of rows. OkBytes and ErrorBytes are how long their bins are.
enum class StatsValue : std::uint8_t { Hits, TopLevelHits, Errors, Duration, MaxDuration, OkBytes, ErrorBytes };
inline constexpr std::size_t kStatsValues = 7;

// A column in as few bytes as its largest value takes: whole numbers of `width` bytes, or doubles.
struct NarrowColumn {
  static constexpr std::uint32_t kDoubles = 9;

  NarrowColumn() = default;
  // `bytes` has 8 readable ones behind the last value. width: 0 to 8, 0 when all values are 0; or kDoubles.
  NarrowColumn(const std::uint8_t* at, std::uint32_t width)
      : bytes(at),
        stride(width == kDoubles ? sizeof(double) : width),
        mask(width >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (width * 8)) - 1),
        doubles(width == kDoubles) {}

  [[nodiscard]] double real(std::size_t row) const {
    return doubles ? load<double>(bytes + row * stride) : static_cast<double>(whole(row));
  }
  // Not of doubles.
  [[nodiscard]] std::uint64_t whole(std::size_t row) const { return load<std::uint64_t>(bytes + row * stride) & mask; }
  // Of rows [first, last); not of doubles.
  [[nodiscard]] std::uint64_t sum(std::size_t first, std::size_t last) const {
    std::uint64_t sum = 0;
    for (std::size_t row = first; row < last; ++row) sum += whole(row);
    return sum;
  }

  const std::uint8_t* bytes = nullptr;
  std::size_t stride = 0;
  std::uint64_t mask = 0;
  bool doubles = false;
};

// Makes a file. One thread at a time.
class StatsBlockWriter {
 public:
  StatsBlockWriter(std::int64_t resolution_ns, bool small) : resolution_ns_(resolution_ns), small_(small) {}

  // Keys in rising order, with their rows by bucket, each bucket once, none more than kBucketsMax behind the first of
  // the file.
  static constexpr std::int64_t kBucketsMax = 65'000;
  void add(const StatsKeyTexts& key, std::span<const StatsRow> rows);

  [[nodiscard]] std::size_t rows() const { return bucket_.size(); }
  [[nodiscard]] UnixNanos time_min() const { return time_min_; }
  [[nodiscard]] UnixNanos time_max() const { return time_max_; }  // of the last bucket's beginning

  // The file's bytes. Nothing may be added any more.
  [[nodiscard]] Buffer finish() const;

 private:
  const std::int64_t resolution_ns_;
  const bool small_;
  model::StringTable strings_;
  std::vector<model::StatsKey> keys_;
  std::vector<std::uint32_t> row_begin_;
  std::vector<std::uint32_t> bins_begin_;
  std::vector<UnixNanos> bucket_;
  std::array<std::vector<double>, kStatsValues> values_;
  std::string bins_;
  UnixNanos time_min_ = 0;
  UnixNanos time_max_ = 0;
};

// Immutable and thread-safe.
class StatsBlock {
 public:
  // Maps the file and looks at all of its structure, so that nothing that is read later can be out of bounds. Corrupt
  // when it isn't as it was written.
  static Result<std::shared_ptr<const StatsBlock>> open(const std::string& path, std::uint64_t bytes,
                                                        std::uint64_t checksum);
  // The same of bytes that somebody keeps alive.
  static Result<std::shared_ptr<const StatsBlock>> parse(Bytes bytes);

  [[nodiscard]] std::int64_t resolution_ns() const { return resolution_ns_; }
  [[nodiscard]] bool small() const { return small_; }
  [[nodiscard]] std::span<const model::StatsKey> keys() const { return keys_; }
  [[nodiscard]] std::size_t rows() const { return buckets_.size(); }

  [[nodiscard]] std::size_t strings() const { return string_offsets_.size() - 1; }
  [[nodiscard]] std::string_view string(std::uint32_t code) const {
    return {string_bytes_ + string_offsets_[code], string_offsets_[code + 1] - string_offsets_[code]};
  }

  [[nodiscard]] UnixNanos bucket_ns(std::size_t row) const { return base_ns_ + buckets_[row] * resolution_ns_; }

  [[nodiscard]] model::StatsCounts counts(std::size_t row) const {
    return {.hits = value(StatsValue::Hits).real(row),
            .top_level_hits = value(StatsValue::TopLevelHits).real(row),
            .errors = value(StatsValue::Errors).real(row),
            .duration_ns = value(StatsValue::Duration).real(row),
            .max_duration_ns = static_cast<std::int64_t>(value(StatsValue::MaxDuration).whole(row))};
  }

  // The rows [first, second) of `key` whose buckets begin in [from, to).
  [[nodiscard]] std::pair<std::size_t, std::size_t> rows_of(std::size_t key, UnixNanos from_ns, UnixNanos to_ns) const;

  // visit(row, ok bins, error bins) for rows of `key`.
  template <class Visit>
  void visit_bins(std::size_t key, std::size_t first, std::size_t last, Visit&& visit) const {
    const NarrowColumn& ok = value(StatsValue::OkBytes);
    const NarrowColumn& error = value(StatsValue::ErrorBytes);
    const std::size_t begin = row_begin_[key];
    const std::uint8_t* bins = bins_ + bins_begin_[key] + ok.sum(begin, first) + error.sum(begin, first);
    for (std::size_t row = first; row < last; ++row) {
      const std::uint64_t ok_bytes = ok.whole(row);
      const std::uint64_t error_bytes = error.whole(row);
      visit(row, Bytes(bins, ok_bytes), Bytes(bins + ok_bytes, error_bytes));
      bins += ok_bytes + error_bytes;
    }
  }

  // visit(row, ok bins, error bins) for all rows of `key`.
  template <class Visit>
  void visit_rows(std::size_t key, Visit&& visit) const {
    visit_bins(key, row_begin_[key], row_begin_[key + 1], visit);
  }

 private:
  [[nodiscard]] const NarrowColumn& value(StatsValue which) const { return values_[static_cast<std::size_t>(which)]; }
  Result<void> read(Bytes bytes);

  std::unique_ptr<const MappedFile> file_;
  std::int64_t resolution_ns_ = 0;
  bool small_ = false;
  UnixNanos base_ns_ = 0;
  std::span<const std::uint32_t> string_offsets_;
  const char* string_bytes_ = nullptr;
  std::span<const model::StatsKey> keys_;
  std::span<const std::uint32_t> row_begin_;   // one more than keys
  std::span<const std::uint32_t> bins_begin_;  // one more than keys
  std::span<const std::uint16_t> buckets_;
  std::array<NarrowColumn, kStatsValues> values_;
  const std::uint8_t* bins_ = nullptr;
};

// A block's rows, for merging. Borrows it.
class StatsBlockSource final : public StatsSource {
 public:
  explicit StatsBlockSource(std::shared_ptr<const StatsBlock> block) : block_(std::move(block)) {}

  bool next() override;
  [[nodiscard]] const StatsKeyTexts& key() const override { return key_; }
  void rows(std::vector<StatsRow>& into, std::deque<std::string>& texts) const override;

 private:
  std::shared_ptr<const StatsBlock> block_;
  std::size_t next_ = 0;
  StatsKeyTexts key_;
};

}  // namespace vizsla::store
