#include "store/embedded/block_check.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "store/embedded/block_filter.h"
#include "store/embedded/block_reader.h"
#include "store/embedded/block_rebuild.h"
#include "store/embedded/open_files.h"
#include "store/embedded/row_sink.h"

namespace vizsla::store {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// Keeps what is to be compared of each row, and counts the rest.
class RowCheck final : public RowSink {
 public:
  // `filter` may be null.
  RowCheck(const TableSchema& schema, const BlockFilter* filter)
      : schema_(schema), filter_(filter), texts_(schema), zone_of_(schema.columns.size(), kNone) {
    for (std::uint32_t z = 0; z < schema.zone_columns.size(); ++z) zone_of_[schema.zone_columns[z]] = z;
  }

  // The rows of another row group follow, numbered from `first_row` on.
  void begin_group(std::uint32_t group, std::size_t first_row, std::uint32_t rows, std::uint32_t page_rows) {
    group_ = group;
    group_first_ = first_row;
    page_rows_ = page_rows;
    first_zone_ = zones_.size();
    const std::size_t pages = (rows + page_rows - 1) / page_rows;
    zones_.resize(zones_.size() + pages * schema_.zone_columns.size(),
                  {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()});
  }

  void sequence(std::size_t, std::uint64_t value) override {
    sequences_.push_back(value);
    truth_.sequence_min = std::min(truth_.sequence_min, value);
    truth_.sequence_max = std::max(truth_.sequence_max, value);
  }
  void received(std::size_t, UnixNanos value) override {
    ++received_;
    truth_.received_min = std::min(truth_.received_min, value);
    truth_.received_max = std::max(truth_.received_max, value);
  }
  void integer(std::size_t row, std::uint32_t column, std::uint64_t value) override {
    const auto number = static_cast<std::int64_t>(value);
    if (column == schema_.key_column) keys_.push_back(value);
    if (column == schema_.time_column) {
      ++times_;
      truth_.time_min = std::min(truth_.time_min, number);
      truth_.time_max = std::max(truth_.time_max, number);
    }
    if (zone_of_[column] == kNone) return;
    const std::size_t page = (row - group_first_) / page_rows_;
    Zone& zone = zones_[first_zone_ + page * schema_.zone_columns.size() + zone_of_[column]];
    zone.min = std::min(zone.min, number);
    zone.max = std::max(zone.max, number);
  }
  void text(std::size_t, std::uint32_t column, std::string_view value) override {
    if (filter_ != nullptr) look_up(texts_.of_column(column, value));
  }
  void text_tag(std::size_t, std::uint32_t, std::string_view key, std::string_view value) override {
    if (filter_ != nullptr) look_up(texts_.of_tag(key, value));
  }
  // That these were decoded is all that is asked of them.
  void real(std::size_t, std::uint32_t, double) override {}
  void number_tag(std::size_t, std::uint32_t, std::string_view, double) override {}

  [[nodiscard]] bool has_each_row_once(std::size_t rows) const {
    return sequences_.size() == rows && keys_.size() == rows && received_ == rows && times_ == rows;
  }

  [[nodiscard]] std::uint64_t filter_misses() const { return filter_misses_; }
  [[nodiscard]] std::span<const std::uint64_t> keys() const { return keys_; }
  [[nodiscard]] std::span<const Zone> zones() const { return zones_; }
  [[nodiscard]] const BlockInfo& truth() const { return truth_; }
  std::vector<std::uint64_t> take_sequences() { return std::move(sequences_); }

 private:
  static BlockInfo nothing() {
    BlockInfo info;
    info.time_min = info.received_min = std::numeric_limits<UnixNanos>::max();
    info.time_max = info.received_max = std::numeric_limits<UnixNanos>::min();
    info.sequence_min = std::numeric_limits<std::uint64_t>::max();
    return info;
  }

  void look_up(const std::optional<std::uint64_t>& hash) {
    if (hash && !filter_->may_contain(group_, *hash)) ++filter_misses_;
  }

  const TableSchema& schema_;
  const BlockFilter* const filter_;
  FilteredTexts texts_;
  std::uint64_t filter_misses_ = 0;
  std::vector<std::uint32_t> zone_of_;  // by column
  std::uint32_t group_ = 0;
  std::size_t group_first_ = 0;
  std::uint32_t page_rows_ = 1;
  std::size_t first_zone_ = 0;
  std::vector<Zone> zones_;
  std::vector<std::uint64_t> sequences_;
  std::vector<std::uint64_t> keys_;
  std::size_t received_ = 0;
  std::size_t times_ = 0;
  BlockInfo truth_ = nothing();
};

// Each run's rows have one key, and a lookup of that key finds the run.
Result<void> check_runs(const BlockIndex& index, const BlockInfo& block, std::span<const std::uint64_t> keys,
                        std::vector<std::string>& faults) {
  VIZSLA_TRY(const std::vector<RowRange> runs, index.runs(block.index_checksum));
  std::uint64_t mixed = 0;
  std::uint64_t not_found = 0;
  std::vector<RowRange> found;
  for (const RowRange& run : runs) {
    const std::uint64_t key = keys[run.first];
    const auto rows = keys.subspan(run.first, run.count);
    if (std::any_of(rows.begin(), rows.end(), [&](std::uint64_t other) { return other != key; })) {
      ++mixed;
      continue;
    }
    found.clear();
    VIZSLA_TRY_VOID(index.find(key, block.index_checksum, found));
    const bool there = std::any_of(found.begin(), found.end(), [&](const RowRange& range) {
      return range.first == run.first && range.count == run.count;
    });
    if (!there) ++not_found;
  }
  if (mixed > 0) faults.push_back(fmt::format("{} of its runs have rows of several keys", mixed));
  if (not_found > 0) faults.push_back(fmt::format("{} of its runs aren't found by their key", not_found));
  return {};
}

Result<void> read_all(const BlockReader& reader, const TableSchema& schema, const std::function<void(double)>& advance,
                      BlockCheck& check) {
  const BlockInfo& block = reader.info();
  VIZSLA_TRY_VOID(reader.verify_for_scan({}));  // the footer
  VIZSLA_TRY(const BlockPages pages, reader.pages());
  const BlockIndex& index = pages.index();
  std::uint64_t rows = 0;
  for (std::uint32_t group = 0; group < index.row_groups(); ++group) rows += index.group_rows(group);
  if (rows > std::numeric_limits<std::uint32_t>::max())
    return fail(ErrorCode::Corrupt, fmt::format("{}: its index has {} rows", reader.data_path(), rows));

  RowCheck sink(schema, reader.filter());
  const Projection everything = Projection::everything(schema);
  std::uint32_t first = 0;
  for (std::uint32_t group = 0; group < index.row_groups(); ++group) {
    const RowRange range{first, index.group_rows(group)};
    sink.begin_group(group, first, range.count, index.page_rows());
    if (range.count > 0) VIZSLA_TRY_VOID(reader.read({&range, 1}, everything, first, sink));
    first += range.count;
    advance(static_cast<double>(range.count) / static_cast<double>(rows));
  }
  if (!sink.has_each_row_once(first))
    return fail(ErrorCode::Corrupt, fmt::format("{}: a column has another number of rows", reader.data_path()));
  VIZSLA_TRY_VOID(check_runs(index, block, sink.keys(), check.index_faults));
  const auto zones = index.zones();
  if (!zones.empty() && !std::equal(zones.begin(), zones.end(), sink.zones().begin(), sink.zones().end()))
    check.index_faults.emplace_back("the smallest and largest values of its pages are others");

  check.filter_misses = sink.filter_misses();
  check.truth = block;
  check.truth.rows = rows;
  check.truth.time_min = sink.truth().time_min;
  check.truth.time_max = sink.truth().time_max;
  check.truth.received_min = sink.truth().received_min;
  check.truth.received_max = sink.truth().received_max;
  check.truth.sequence_min = sink.truth().sequence_min;
  check.truth.sequence_max = sink.truth().sequence_max;
  check.sequences = sink.take_sequences();
  return {};
}

}  // namespace

BlockCheck check_block(Files& files, const std::string& folder, const TableSchema& schema, const BlockInfo& block,
                       const std::function<void(double)>& advance) {
  BlockCheck check;
  OpenFiles open_files(files, 1);
  const BlockReader reader(files, open_files, folder, schema, block);
  double share = 0;
  const auto counted = [&](double more) {
    share += more;
    advance(more);
  };
  if (const auto outcome = read_all(reader, schema, counted, check); !outcome) check.failure = outcome.error();
  advance(1 - share);
  return check;
}

}  // namespace vizsla::store
