#include "store/embedded/block_rebuild.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "store/embedded/block_filter.h"
#include "store/embedded/block_index.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/block_reader.h"
#include "store/embedded/leaf_reader.h"
#include "store/embedded/open_files.h"
#include "store/embedded/parquet_footer.h"
#include "store/embedded/row_sink.h"
#include "store/embedded/thrift_compact.h"

namespace vizsla::store {
namespace {

// A u32 of its length and "PAR1".
constexpr std::uint64_t kFooterTailBytes = 8;
// Types of pages, and of fields in their headers, as in parquet.thrift.
constexpr std::int64_t kDictionaryPage = 2;
constexpr std::int64_t kDataPageV2 = 3;

constexpr std::string_view kOtherPageRows = "has a page of another number of rows than its neighbours";

class IndexRebuilder {
 public:
  IndexRebuilder(const TableSchema& schema, const BlockInfo& block, std::string data_path,
                 std::shared_ptr<const ReadableFile> data)
      : schema_(schema),
        block_(block),
        layout_(schema, block.string_tags.size(), block.number_tags.size()),
        path_(std::move(data_path)),
        data_(std::move(data)) {}

  // Finds the pages.
  Result<void> walk() {
    Buffer tail(kFooterTailBytes);
    if (data_->size() < 2 * kFooterTailBytes) return corrupt("is too short");
    VIZSLA_TRY_VOID(data_->read_at(data_->size() - kFooterTailBytes, tail));
    const auto footer_bytes = load<std::uint32_t>(tail.data());
    if (footer_bytes > data_->size() - kFooterTailBytes) return corrupt("has no footer");
    Buffer footer(footer_bytes + kFooterTailBytes);
    const std::uint64_t data_end = data_->size() - footer.size();
    VIZSLA_TRY_VOID(data_->read_at(data_end, footer));
    auto groups = read_parquet_footer(Bytes(footer).first(footer_bytes), data_end);
    if (!groups) return fail(groups.error().with_context(path_));

    file_.leaves = layout_.leaves();
    file_.footer_bytes = static_cast<std::uint32_t>(footer.size());
    file_.footer_check = static_cast<std::uint32_t>(hash64(footer));
    std::uint64_t rows = 0;
    for (const ParquetRowGroup& group : *groups) {
      if (group.chunks.size() != file_.leaves) return corrupt("has other columns than the manifest says");
      rows += group.rows;
      file_.row_groups.push_back(group.rows);
      for (const ParquetChunk& chunk : group.chunks) VIZSLA_TRY_VOID(walk_chunk(chunk, group.rows));
    }
    if (rows != block_.rows) return corrupt("has another number of rows than the manifest says");
    file_.page_rows = page_rows_.value_or(std::max(kPageRows, single_page_rows_max_));
    if (single_page_rows_max_ > file_.page_rows) return corrupt(kOtherPageRows);
    return {};
  }

  // An index with which pages can be read, and no rows found.
  [[nodiscard]] Buffer without_runs() const { return encode_block_index(file_, {}, {}, 0); }

  // Finds the runs and the zones, by the index above.
  Result<Buffer> finish(const BlockIndex& index) {
    const BlockPages pages(path_, index, data_);
    LeafReader groups;
    LeafReader keys;
    std::vector<LeafReader> zoned(schema_.zone_columns.size());
    std::vector<KeyRun> runs;
    std::vector<Zone> zones;
    std::optional<std::string> group_before;
    std::uint32_t row = 0;
    for (std::uint32_t group = 0; group < index.row_groups(); ++group) {
      groups.go_to(pages, group, layout_.leaf_of(schema_.group_column), LeafValue::Text, LeafShape::Required);
      keys.go_to(pages, group, layout_.leaf_of(schema_.key_column), LeafValue::Int64, LeafShape::Required);
      for (std::size_t z = 0; z < zoned.size(); ++z) {
        const std::uint32_t column = schema_.zone_columns[z];
        zoned[z].go_to(pages, group, layout_.leaf_of(column), leaf_value_of(schema_.columns[column].type),
                       LeafShape::Required);
      }
      for (std::uint32_t page = 0; page < index.pages_of(group); ++page) {
        const std::uint32_t rows = std::min(index.page_rows(), index.group_rows(group) - page * index.page_rows());
        VIZSLA_TRY_VOID(groups.load_rows(page, 0, rows));
        VIZSLA_TRY_VOID(keys.load_rows(page, 0, rows));
        for (std::uint32_t i = 0; i < rows; ++i, ++row) {
          if (!runs.empty() && runs.back().key == keys.integer(i) && group_before == groups.text(i)) {
            ++runs.back().count;
            continue;
          }
          if (group_before != groups.text(i)) group_before = groups.text(i);
          runs.push_back({keys.integer(i), row, 1});
        }
        for (LeafReader& leaf : zoned) {
          VIZSLA_TRY_VOID(leaf.load_rows(page, 0, rows));
          Zone zone{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
          for (std::uint32_t i = 0; i < rows; ++i) {
            zone.min = std::min(zone.min, static_cast<std::int64_t>(leaf.integer(i)));
            zone.max = std::max(zone.max, static_cast<std::int64_t>(leaf.integer(i)));
          }
          zones.push_back(zone);
        }
      }
    }
    return encode_block_index(file_, runs, zones, static_cast<std::uint32_t>(zoned.size()));
  }

 private:
  [[nodiscard]] tl::unexpected<Error> corrupt(std::string_view what) const {
    return fail(ErrorCode::Corrupt, fmt::format("{} {}", path_, what));
  }

  Result<void> walk_chunk(const ParquetChunk& chunk, std::uint32_t rows) {
    if (chunk.bytes > std::numeric_limits<std::uint32_t>::max()) return corrupt("has a chunk of more than 4 GiB");
    content_.resize(chunk.bytes);
    VIZSLA_TRY_VOID(data_->read_at(chunk.offset, content_));
    LeafPages pages;
    pages.offset = chunk.offset;
    std::uint32_t rows_seen = 0;
    for (std::size_t at = 0; at < content_.size();) {
      std::int64_t type = -1;
      std::int64_t stored = -1;
      std::int64_t rows_here = 0;
      std::int64_t levels = 0;
      std::int64_t nulls = -1;
      ThriftReader thrift(Bytes(content_).subspan(at));
      const bool whole = thrift.read_struct([&](int outer, int field, std::int64_t value) {
        if (outer == 0 && field == 1) type = value;
        if (outer == 0 && field == 3) stored = value;
        if (outer == 8 && field == 1) levels = value;
        if (outer == 8 && field == 2) nulls = value;
        if (outer == 8 && field == 3) rows_here = value;
      });
      const std::size_t left = content_.size() - at - (whole ? thrift.consumed() : 0);
      if (!whole || stored < 0 || std::cmp_greater(stored, left))
        return corrupt("has a page whose header doesn't parse");
      const std::size_t bytes = thrift.consumed() + static_cast<std::size_t>(stored);
      const LeafPages::Page page{static_cast<std::uint32_t>(at + bytes),
                                 static_cast<std::uint32_t>(hash64(Bytes(content_).subspan(at, bytes))),
                                 levels == nulls};
      if (type == kDictionaryPage && at == 0 && chunk.has_dictionary) {
        pages.dictionary = page;
      } else if (type == kDataPageV2) {
        if (rows_here <= 0 || std::cmp_greater(rows_here, rows - rows_seen)) return corrupt(kOtherPageRows);
        const auto count = static_cast<std::uint32_t>(rows_here);
        // A program of another version may have made larger pages, or smaller ones: all but a last one have as many.
        if (count == rows) {
          single_page_rows_max_ = std::max(single_page_rows_max_, count);
        } else if (!page_rows_) {
          page_rows_ = count;
        }
        if (count != rows && count != std::min(*page_rows_, rows - rows_seen)) return corrupt(kOtherPageRows);
        pages.pages.push_back(page);
        rows_seen += count;
      } else {
        return corrupt("has a page of a kind that Vizsla doesn't write");
      }
      at += bytes;
    }
    if (rows_seen != rows || pages.dictionary.has_value() != chunk.has_dictionary)
      return corrupt("has a chunk whose pages don't add up");
    file_.pages.push_back(std::move(pages));
    return {};
  }

  const TableSchema& schema_;
  const BlockInfo& block_;
  const BlockLayout layout_;
  const std::string path_;
  const std::shared_ptr<const ReadableFile> data_;
  ParquetFile file_;
  std::optional<std::uint32_t> page_rows_;  // known when a row group has more than one page
  std::uint32_t single_page_rows_max_ = 0;
  Buffer content_;
};

// Gives a filter the texts of rows.
class TextCollector final : public RowSink {
 public:
  TextCollector(const TableSchema& schema, BlockFilterWriter& filter) : texts_(schema), filter_(filter) {}

  void begin_group(std::uint32_t group) { group_ = group; }

  void sequence(std::size_t, std::uint64_t) override {}
  void received(std::size_t, UnixNanos) override {}
  void integer(std::size_t, std::uint32_t, std::uint64_t) override {}
  void real(std::size_t, std::uint32_t, double) override {}
  void text(std::size_t, std::uint32_t column, std::string_view value) override {
    add(texts_.of_column(column, value));
  }
  void text_tag(std::size_t, std::uint32_t, std::string_view key, std::string_view value) override {
    add(texts_.of_tag(key, value));
  }
  void number_tag(std::size_t, std::uint32_t, std::string_view, double) override {}

 private:
  void add(const std::optional<std::uint64_t>& hash) {
    if (hash) filter_.add(group_, *hash);
  }

  FilteredTexts texts_;
  BlockFilterWriter& filter_;
  std::uint32_t group_ = 0;
};

}  // namespace

FilteredTexts::FilteredTexts(const TableSchema& schema) : column_seeds_(schema.columns.size()) {
  for (const std::uint32_t column : schema.filtered_columns)
    column_seeds_[column] = seed_of_name(schema.columns[column].name);
}

std::optional<std::uint64_t> FilteredTexts::of_column(std::uint32_t column, std::string_view text) const {
  if (!column_seeds_[column]) return std::nullopt;
  return hash_of_text(*column_seeds_[column], text);
}

std::optional<std::uint64_t> FilteredTexts::of_tag(std::string_view key, std::string_view text) {
  auto known = tag_seeds_.find(key);
  if (known == tag_seeds_.end()) {
    const std::string name = fmt::format("@{}", key);
    known = tag_seeds_.emplace(std::string(key), is_filtered(name) ? std::optional(seed_of_name(name)) : std::nullopt)
                .first;
  }
  if (!known->second) return std::nullopt;
  return hash_of_text(*known->second, text);
}

Result<Buffer> rebuild_block_filter(Files& files, const std::string& folder, const TableSchema& schema,
                                    const BlockInfo& block) {
  OpenFiles open_files(files, 1);
  const BlockReader reader(files, open_files, folder, schema, block);
  VIZSLA_TRY(const BlockPages pages, reader.pages());
  Projection texts{std::vector<bool>(schema.columns.size(), false), nullptr};
  for (const std::uint32_t column : schema.filtered_columns) texts.columns[column] = true;
  if (const auto map = map_column(schema, ColumnType::StringMap)) texts.columns[*map] = true;
  BlockFilterWriter filter;
  TextCollector sink(schema, filter);
  std::uint32_t first = 0;
  for (std::uint32_t group = 0; group < pages.index().row_groups(); ++group) {
    const RowRange range{first, pages.index().group_rows(group)};
    sink.begin_group(group);
    if (range.count > 0) VIZSLA_TRY_VOID(reader.read({&range, 1}, texts, 0, sink));
    filter.close(group);
    first += range.count;
  }
  return filter.finish(pages.index().row_groups());
}

Result<Buffer> rebuild_block_index(Files& files, const std::string& folder, const TableSchema& schema,
                                   const BlockInfo& block, const std::string& scratch) {
  const std::string path = fmt::format("{}/{}", folder, block_data_name(block.id));
  VIZSLA_TRY(auto data, files.open(path));
  IndexRebuilder rebuilder(schema, block, path, std::move(data));
  VIZSLA_TRY_VOID(rebuilder.walk());
  const Buffer bare = rebuilder.without_runs();
  {
    // An index is read as a mapped file.
    VIZSLA_TRY(const auto file, files.create(scratch));
    const Bytes bytes = bare;
    VIZSLA_TRY_VOID(file->append({&bytes, 1}));
  }
  auto rebuilt = [&]() -> Result<Buffer> {
    VIZSLA_TRY(const auto index, BlockIndex::open(scratch, bare.size()));
    VIZSLA_TRY_VOID(index->verify(hash64(bare)));
    return rebuilder.finish(*index);
  }();
  VIZSLA_TRY_VOID(files.remove(scratch));
  return rebuilt;
}

}  // namespace vizsla::store
