#include "store/embedded/stats_section.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sketch/duration_sketch.h"
#include "store/embedded/stats_block.h"

namespace vizsla::store {
namespace {

constexpr std::uint32_t index_of(StatsColumn column) {
  return static_cast<std::uint32_t>(column);
}

bool is_sum(double value) {
  return std::isfinite(value) && value >= 0;
}

bool reads(std::string_view bins) {
  return sketch::decode_duration_bins(as_bytes(bins), [](sketch::DurationBin, double) {});
}

// What is wrong with a row; "" when nothing is.
std::string_view fault_of(UnixNanos bucket_ns, model::SpanKind kind, const model::StatsCounts& counts,
                          std::string_view ok_bins, std::string_view error_bins) {
  if (bucket_ns < 0 || bucket_ns > kStatsTimeMax || bucket_ns % model::kStatsBucketNs != 0)
    return "a row's time is no bucket's beginning";
  if (kind > model::SpanKind::Consumer) return "a row is of no kind";
  if (!is_sum(counts.hits) || !is_sum(counts.top_level_hits) || !is_sum(counts.errors) || !is_sum(counts.duration_ns) ||
      counts.max_duration_ns < 0)
    return "a row's sums are off";
  if (!reads(ok_bins) || !reads(error_bins)) return "a row's bins don't read";
  return {};
}

}  // namespace

const TableSchema& stats_schema() {
  static const TableSchema schema = [] {
    TableSchema made{};
    made.name = "stats";
    made.id = 2;
    made.version = 1;
    made.columns.push_back({"bucket_ns", ColumnType::I64});
    for (std::size_t text = 0; text < model::kStatsTexts; ++text)
      made.columns.push_back({model::name_of(static_cast<model::StatsText>(text)), ColumnType::String});
    made.columns.insert(made.columns.end(), {{"http_status", ColumnType::U16},
                                             {"kind", ColumnType::U8},
                                             {"flags", ColumnType::U8},
                                             {"hits", ColumnType::F64},
                                             {"top_level_hits", ColumnType::F64},
                                             {"errors", ColumnType::F64},
                                             {"duration_ns", ColumnType::F64},
                                             {"max_duration_ns", ColumnType::I64},
                                             {"ok_bins", ColumnType::Binary},
                                             {"error_bins", ColumnType::Binary}});
    return made;
  }();
  return schema;
}

std::size_t encoded_stats_bytes(const model::StatsBatch& batch) {
  constexpr std::size_t kRowBytes = 8 + 4 * model::kStatsTexts + 4 + std::size_t{5} * 8 + std::size_t{2} * 4;
  constexpr std::size_t kPadding = 512;  // a header, and each column to a multiple of 8
  if (batch.empty()) return 0;
  return batch.size() * kRowBytes + batch.strings.bytes().size() + batch.strings.size() * 4 + kPadding;
}

void encode_stats(const model::StatsBatch& batch, Buffer& out) {
  TableBatchWriter writer(stats_schema(), static_cast<std::uint32_t>(batch.size()), out);
  writer.strings(batch.strings.offsets(), batch.strings.bytes());
  const auto write = [&]<class T>(T, auto&& value_of) {
    std::vector<T> values;
    values.reserve(batch.size());
    for (std::size_t row = 0; row < batch.size(); ++row) values.push_back(static_cast<T>(value_of(row)));
    writer.column(std::span<const T>(values));
  };
  writer.column(std::span<const UnixNanos>(batch.bucket_ns));
  for (std::size_t text = 0; text < model::kStatsTexts; ++text)
    write(model::StringCode{}, [&](std::size_t row) { return batch.key[row].texts[text]; });
  write(std::uint16_t{}, [&](std::size_t row) { return batch.key[row].http_status; });
  write(std::uint8_t{}, [&](std::size_t row) { return batch.key[row].kind; });
  write(std::uint8_t{}, [&](std::size_t row) { return batch.key[row].flags; });
  write(double{}, [&](std::size_t row) { return batch.counts[row].hits; });
  write(double{}, [&](std::size_t row) { return batch.counts[row].top_level_hits; });
  write(double{}, [&](std::size_t row) { return batch.counts[row].errors; });
  write(double{}, [&](std::size_t row) { return batch.counts[row].duration_ns; });
  write(std::int64_t{}, [&](std::size_t row) { return batch.counts[row].max_duration_ns; });
  writer.column(std::span<const model::StringCode>(batch.ok_bins));
  writer.column(std::span<const model::StringCode>(batch.error_bins));
  writer.finish();
}

Result<void> check_stats(const model::StatsBatch& batch) {
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const std::string_view wrong = fault_of(batch.bucket_ns[row], batch.key[row].kind, batch.counts[row],
                                            batch.strings[batch.ok_bins[row]], batch.strings[batch.error_bins[row]]);
    if (!wrong.empty()) return fail(ErrorCode::InvalidInput, fmt::format("statistics: {}", wrong));
  }
  return {};
}

Result<void> check_stats(const TableBatch& section) {
  const auto buckets = section.column<UnixNanos>(index_of(StatsColumn::Bucket));
  const auto kinds = section.column<model::SpanKind>(index_of(StatsColumn::Kind));
  for (std::size_t row = 0; row < section.rows(); ++row) {
    const std::string_view wrong =
        fault_of(buckets[row], kinds[row], stats_counts(section, row), section.text(index_of(StatsColumn::OkBins), row),
                 section.text(index_of(StatsColumn::ErrorBins), row));
    if (!wrong.empty()) return fail(ErrorCode::Corrupt, fmt::format("section of table stats: {}", wrong));
  }
  return {};
}

model::StatsKey stats_key(const TableBatch& section, std::size_t row) {
  model::StatsKey key;
  for (std::size_t text = 0; text < model::kStatsTexts; ++text)
    key.texts[text] =
        section.column<std::uint32_t>(index_of(StatsColumn::FirstText) + static_cast<std::uint32_t>(text))[row];
  key.http_status = section.column<std::uint16_t>(index_of(StatsColumn::HttpStatus))[row];
  key.kind = section.column<model::SpanKind>(index_of(StatsColumn::Kind))[row];
  key.flags = section.column<std::uint8_t>(index_of(StatsColumn::Flags))[row];
  return key;
}

model::StatsCounts stats_counts(const TableBatch& section, std::size_t row) {
  const auto real = [&](StatsColumn column) { return section.column<double>(index_of(column))[row]; };
  return {.hits = real(StatsColumn::Hits),
          .top_level_hits = real(StatsColumn::TopLevelHits),
          .errors = real(StatsColumn::Errors),
          .duration_ns = real(StatsColumn::Duration),
          .max_duration_ns = section.column<std::int64_t>(index_of(StatsColumn::MaxDuration))[row]};
}

}  // namespace vizsla::store
