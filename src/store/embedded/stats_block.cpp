#include "store/embedded/stats_block.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "sketch/duration_sketch.h"

namespace vizsla::store {
namespace {

constexpr std::uint64_t kMagic = 0x3154415453415a56;  // "VZASTAT1"
// 1 had no runs of bins.
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kAlignment = 8;
// Behind each column, so that a value is read with a whole word.
constexpr std::size_t kSlack = 8;
constexpr double kWholeMax = 9'007'199'254'740'992.0;

struct FileHeader {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t small = 0;
  std::int64_t resolution_ns = 0;
  std::int64_t base_ns = 0;  // of bucket 0
  std::uint32_t strings = 0;
  std::uint32_t keys = 0;
  std::uint32_t rows = 0;
  std::uint32_t string_bytes = 0;
  std::uint32_t bins_bytes = 0;
  std::array<std::uint8_t, 12> widths{};  // of the columns; the last five are 0
};
static_assert(sizeof(FileHeader) == 64);

std::size_t padded(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

void append(Buffer& out, const void* from, std::size_t size, std::size_t slack = 0) {
  const std::size_t at = out.size();
  out.resize(at + padded(size + slack));
  std::memset(out.data() + at, 0, out.size() - at);
  if (size > 0) std::memcpy(out.data() + at, from, size);
}

std::uint32_t width_of(const std::vector<double>& values) {
  double highest = 0;
  for (const double value : values) {
    if (value < 0 || value != std::floor(value) || value > kWholeMax) return NarrowColumn::kDoubles;
    highest = std::max(highest, value);
  }
  std::uint32_t width = 0;
  while (highest >= 1) {
    highest /= 256;
    ++width;
  }
  return width;
}

void append_column(Buffer& out, const std::vector<double>& values, std::uint32_t width) {
  if (width == NarrowColumn::kDoubles) return append(out, values.data(), values.size() * sizeof(double), kSlack);
  Buffer narrow(values.size() * width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto whole = static_cast<std::uint64_t>(values[i]);
    if (width > 0) std::memcpy(narrow.data() + i * width, &whole, width);
  }
  append(out, narrow.data(), narrow.size(), kSlack);
}

// Hands out the parts of a file one after the other; once something doesn't fit, nothing does.
class Parts {
 public:
  explicit Parts(Bytes bytes) : left_(bytes) {}

  const std::uint8_t* take(std::uint64_t size, std::size_t slack = 0) {
    if (!fits_ || padded(size + slack) > left_.size()) {
      fits_ = false;
      return nullptr;
    }
    const std::uint8_t* at = left_.data();
    left_ = left_.subspan(padded(size + slack));
    return at;
  }

  template <class T>
  std::span<const T> take_array(std::uint64_t count) {
    const std::uint8_t* at = take(count * sizeof(T));
    return at == nullptr ? std::span<const T>() : std::span<const T>(reinterpret_cast<const T*>(at), count);
  }

  [[nodiscard]] bool fits_exactly() const { return fits_ && left_.empty(); }

 private:
  Bytes left_;
  bool fits_ = true;
};

bool rises_to(std::span<const std::uint32_t> begins, std::uint64_t last) {
  return !begins.empty() && begins.front() == 0 && begins.back() == last &&
         std::is_sorted(begins.begin(), begins.end());
}

}  // namespace

void StatsBlockWriter::add(const StatsKeyTexts& texts, std::span<const StatsRow> rows) {
  if (rows.empty()) return;
  model::StatsKey key;
  for (std::size_t i = 0; i < model::kStatsTexts; ++i) key.texts[i] = strings_.intern(texts.texts[i]);
  key.http_status = texts.http_status;
  key.kind = texts.kind;
  key.flags = texts.flags;
  time_min_ = keys_.empty() ? rows.front().bucket_ns : std::min(time_min_, rows.front().bucket_ns);
  time_max_ = keys_.empty() ? rows.back().bucket_ns : std::max(time_max_, rows.back().bucket_ns);
  VIZSLA_CHECK((time_max_ - time_min_) / resolution_ns_ <= kBucketsMax);
  keys_.push_back(key);
  row_begin_.push_back(static_cast<std::uint32_t>(bucket_.size()));
  bins_begin_.push_back(static_cast<std::uint32_t>(bins_.size()));
  for (const StatsRow& row : rows) {
    bucket_.push_back(row.bucket_ns);
    const double values[kStatsValues] = {row.counts.hits,
                                         row.counts.top_level_hits,
                                         row.counts.errors,
                                         row.counts.duration_ns,
                                         static_cast<double>(row.counts.max_duration_ns),
                                         static_cast<double>(row.ok_bins.size()),
                                         static_cast<double>(row.error_bins.size())};
    for (std::size_t i = 0; i < kStatsValues; ++i) values_[i].push_back(values[i]);
    bins_ += row.ok_bins;
    bins_ += row.error_bins;
  }
  VIZSLA_CHECK(bins_.size() <= std::numeric_limits<std::uint32_t>::max());
}

Buffer StatsBlockWriter::finish() const {
  FileHeader header;
  header.small = small_ ? 1 : 0;
  header.resolution_ns = resolution_ns_;
  header.base_ns = time_min_;
  header.strings = static_cast<std::uint32_t>(strings_.size());
  header.keys = static_cast<std::uint32_t>(keys_.size());
  header.rows = static_cast<std::uint32_t>(bucket_.size());
  header.string_bytes = static_cast<std::uint32_t>(strings_.bytes().size());
  header.bins_bytes = static_cast<std::uint32_t>(bins_.size());
  for (std::size_t i = 0; i < kStatsValues; ++i) header.widths[i] = static_cast<std::uint8_t>(width_of(values_[i]));
  // A maximum is a whole number of ns, and may be larger than what a double says exactly: then it is near it.
  if (header.widths[static_cast<std::size_t>(StatsValue::MaxDuration)] > 8)
    header.widths[static_cast<std::size_t>(StatsValue::MaxDuration)] = 8;

  Buffer out;
  append(out, &header, sizeof(header));
  append(out, strings_.offsets().data(), strings_.offsets().size_bytes());
  append(out, strings_.bytes().data(), strings_.bytes().size());
  append(out, keys_.data(), keys_.size() * sizeof(model::StatsKey));
  std::vector<std::uint32_t> begins = row_begin_;
  begins.push_back(header.rows);
  append(out, begins.data(), begins.size() * sizeof(std::uint32_t));
  begins = bins_begin_;
  begins.push_back(header.bins_bytes);
  append(out, begins.data(), begins.size() * sizeof(std::uint32_t));
  std::vector<std::uint16_t> buckets;
  buckets.reserve(bucket_.size());
  for (const UnixNanos bucket : bucket_)
    buckets.push_back(static_cast<std::uint16_t>((bucket - time_min_) / resolution_ns_));
  append(out, buckets.data(), buckets.size() * sizeof(std::uint16_t));
  for (std::size_t i = 0; i < kStatsValues; ++i) append_column(out, values_[i], header.widths[i]);
  append(out, bins_.data(), bins_.size());
  return out;
}

Result<std::shared_ptr<const StatsBlock>> StatsBlock::open(const std::string& path, std::uint64_t bytes,
                                                           std::uint64_t checksum) {
  auto block = std::make_shared<StatsBlock>();
  VIZSLA_TRY(block->file_, MappedFile::open(path, bytes));
  if (hash64(block->file_->bytes()) != checksum)
    return fail(ErrorCode::Corrupt, fmt::format("{}: its checksum differs", path));
  if (const auto sound = block->read(block->file_->bytes()); !sound)
    return fail(ErrorCode::Corrupt, fmt::format("{}: {}", path, sound.error().message));
  return block;
}

Result<std::shared_ptr<const StatsBlock>> StatsBlock::parse(Bytes bytes) {
  auto block = std::make_shared<StatsBlock>();
  VIZSLA_TRY_VOID(block->read(bytes));
  return block;
}

Result<void> StatsBlock::read(Bytes bytes) {
  const auto corrupt = [](std::string_view what) {
    return fail(ErrorCode::Corrupt, fmt::format("statistics: {}", what));
  };
  if (bytes.size() < sizeof(FileHeader)) return corrupt("shorter than a header");
  const auto header = load<FileHeader>(bytes.data());
  if (header.magic != kMagic) return corrupt("not a file of statistics");
  if (header.version < 1 || header.version > kVersion)
    return fail(ErrorCode::Unsupported, "statistics: written by a newer program");
  if (header.resolution_ns <= 0 || header.resolution_ns % model::kStatsBucketNs != 0 ||
      header.resolution_ns > kNanosPerDay || header.base_ns < 0 || header.base_ns > kStatsTimeMax)
    return corrupt("its times are off");
  resolution_ns_ = header.resolution_ns;
  small_ = header.small != 0;
  base_ns_ = header.base_ns;

  Parts parts(bytes.subspan(sizeof(FileHeader)));
  string_offsets_ = parts.take_array<std::uint32_t>(std::uint64_t{header.strings} + 1);
  string_bytes_ = reinterpret_cast<const char*>(parts.take(header.string_bytes));
  keys_ = parts.take_array<model::StatsKey>(header.keys);
  row_begin_ = parts.take_array<std::uint32_t>(std::uint64_t{header.keys} + 1);
  bins_begin_ = parts.take_array<std::uint32_t>(std::uint64_t{header.keys} + 1);
  buckets_ = parts.take_array<std::uint16_t>(header.rows);
  for (std::size_t i = 0; i < kStatsValues; ++i) {
    const std::uint32_t width = header.widths[i];
    const bool whole_only = i >= static_cast<std::size_t>(StatsValue::MaxDuration);
    if (width > (whole_only ? 8 : NarrowColumn::kDoubles)) return corrupt("a column's width is off");
    const std::uint64_t bytes_each = width == NarrowColumn::kDoubles ? sizeof(double) : width;
    values_[i] = NarrowColumn(parts.take(header.rows * bytes_each, kSlack), width);
  }
  bins_ = parts.take(header.bins_bytes);
  if (!parts.fits_exactly()) return corrupt("its parts don't add up to its length");
  if (header.strings == 0 || !rises_to(string_offsets_, header.string_bytes))
    return corrupt("its strings don't add up");
  if (!rises_to(row_begin_, header.rows) || !rises_to(bins_begin_, header.bins_bytes))
    return corrupt("its keys don't add up");
  for (const model::StatsKey& key : keys_) {
    for (const model::StringCode code : key.texts) {
      if (code >= header.strings) return corrupt("a key points past its strings");
    }
    if (key.kind > model::SpanKind::Consumer) return corrupt("a key is of no kind");
  }
  const NarrowColumn& ok = value(StatsValue::OkBytes);
  const NarrowColumn& error = value(StatsValue::ErrorBytes);
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    std::uint64_t bins = 0;
    for (std::size_t row = row_begin_[key]; row < row_begin_[key + 1]; ++row) {
      bins += std::min<std::uint64_t>(ok.whole(row), header.bins_bytes + std::uint64_t{1}) +
              std::min<std::uint64_t>(error.whole(row), header.bins_bytes + std::uint64_t{1});
      if (row > row_begin_[key] && buckets_[row] <= buckets_[row - 1]) return corrupt("its buckets don't rise");
    }
    if (bins != bins_begin_[key + 1] - bins_begin_[key]) return corrupt("its bins don't add up");
  }
  return {};
}

std::pair<std::size_t, std::size_t> StatsBlock::rows_of(std::size_t key, UnixNanos from_ns, UnixNanos to_ns) const {
  const auto rows = buckets_.subspan(row_begin_[key], row_begin_[key + 1] - row_begin_[key]);
  const auto place = [&](UnixNanos time) {
    const auto at = std::partition_point(
        rows.begin(), rows.end(), [&](std::uint16_t bucket) { return base_ns_ + bucket * resolution_ns_ < time; });
    return row_begin_[key] + static_cast<std::size_t>(at - rows.begin());
  };
  return {place(from_ns), place(to_ns)};
}

bool StatsBlockSource::next() {
  if (next_ == block_->keys().size()) return false;
  key_ = texts_of(block_->keys()[next_++], [&](model::StringCode code) { return block_->string(code); });
  return true;
}

void StatsBlockSource::rows(std::vector<StatsRow>& into, std::deque<std::string>&) const {
  block_->visit_rows(next_ - 1, [&](std::size_t row, Bytes ok, Bytes error) {
    into.push_back({block_->bucket_ns(row), block_->counts(row), as_text(ok), as_text(error)});
  });
}

}  // namespace vizsla::store
