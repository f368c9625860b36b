// A block that is being written: the Parquet file column by column, then index and filter, all synced at the end.
// Without finish() the files mean nothing; their folder is the caller's to sync, and the manifest to write. One thread
// at a time.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/embedded/block_filter.h"
#include "store/embedded/block_index.h"
#include "store/embedded/block_layout.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/parquet_writer.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

class BlockFile {
 public:
  // Of `info` the id and the tags must be known. Borrows `files` and `schema`.
  static Result<std::unique_ptr<BlockFile>> create(Files& files, const std::string& folder, const TableSchema& schema,
                                                   const BlockInfo& info);

  [[nodiscard]] const BlockLayout& layout() const { return layout_; }
  ParquetWriter& parquet() { return parquet_; }

  // A row group behind those that are there; gives its number.
  std::uint32_t begin_row_group(std::uint32_t rows);
  // The values of a column in a row group, for the zones if it has any: U8, U16, U64 or I64.
  template <class T>
  void note_zones(std::uint32_t row_group, std::uint32_t schema_column, std::span<const T> values) {
    const auto at = std::find(schema_.zone_columns.begin(), schema_.zone_columns.end(), schema_column);
    if (at == schema_.zone_columns.end()) return;
    const std::size_t columns = schema_.zone_columns.size();
    std::size_t zone = first_zone_[row_group] + static_cast<std::size_t>(at - schema_.zone_columns.begin());
    for (std::size_t first = 0; first < values.size(); first += kPageRows, zone += columns) {
      Zone& of_page = zones_[zone];
      of_page = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
      for (const T value : values.subspan(first, std::min<std::size_t>(kPageRows, values.size() - first))) {
        of_page.min = std::min(of_page.min, static_cast<std::int64_t>(value));
        of_page.max = std::max(of_page.max, static_cast<std::int64_t>(value));
      }
    }
  }

  // The texts that a row group has under this name (block_filter.h): codes of `strings`.
  void note_texts(std::uint32_t row_group, std::string_view name, std::span<const std::uint32_t> codes,
                  const StringPool& strings);
  // The same of the entries of a map of tags.
  void note_tags(std::uint32_t row_group, std::span<const std::uint32_t> keys, std::span<const std::uint32_t> values,
                 const StringPool& strings);
  // All columns of the row group have been noted.
  void end_row_group(std::uint32_t row_group) { filter_.close(row_group); }

  // Whether a schema's column is one whose texts are noted.
  [[nodiscard]] bool is_filtered_column(std::uint32_t schema_column) const {
    const auto& columns = schema_.filtered_columns;
    return std::find(columns.begin(), columns.end(), schema_column) != columns.end();
  }

  // Fills in what `info` says of the files. `runs`: where each key's rows are.
  Result<void> finish(const std::vector<KeyRun>& runs, BlockInfo& info);

 private:
  BlockFile(Files& files, const std::string& folder, const TableSchema& schema, const BlockInfo& info,
            std::unique_ptr<WritableFile> data);

  Files& files_;
  const std::string folder_;
  const TableSchema& schema_;
  const BlockLayout layout_;
  const std::unique_ptr<WritableFile> data_;
  ParquetWriter parquet_;
  std::vector<Zone> zones_;
  std::vector<std::size_t> first_zone_;  // by row group
  BlockFilterWriter filter_;
  std::vector<std::uint32_t> noted_;  // by code: the note that has it already
  std::uint32_t note_ = 0;
};

}  // namespace vizsla::store
