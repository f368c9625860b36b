// Which Parquet columns a block of a table has, in which order: the one place where writer, reader and SQL agree on it.
//
//   the schema's columns that are no maps · sequence · received_ns · s0, s1, … · n0, n1, … · the schema's maps
//
// s<i> and n<i> hold the tags that are frequent in this block (BlockInfo names them); the maps hold the others. Names
// are ordinal because tag keys differ by case alone, or clash with columns. docs/formats/block.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/embedded/manifest.h"
#include "store/embedded/parquet_writer.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

class BlockLayout {
 public:
  BlockLayout(const TableSchema& schema, std::size_t string_tags, std::size_t number_tags);

  [[nodiscard]] const std::vector<ParquetColumn>& columns() const { return columns_; }

  [[nodiscard]] std::uint32_t leaves() const { return leaves_; }

  // Leaf numbers, as BlockIndex counts them. A map's keys are at the number, its values behind it.
  [[nodiscard]] std::uint32_t leaf_of(std::uint32_t schema_column) const { return leaf_of_[schema_column]; }
  [[nodiscard]] std::uint32_t sequence_leaf() const { return sequence_leaf_; }
  [[nodiscard]] std::uint32_t received_leaf() const { return sequence_leaf_ + 1; }
  [[nodiscard]] std::uint32_t string_tag_leaf(std::size_t i) const {
    return sequence_leaf_ + 2 + static_cast<std::uint32_t>(i);
  }
  [[nodiscard]] std::uint32_t number_tag_leaf(std::size_t i) const {
    return string_tag_leaf(string_tags_) + static_cast<std::uint32_t>(i);
  }

 private:
  std::vector<ParquetColumn> columns_;
  std::vector<std::uint32_t> leaf_of_;
  std::uint32_t sequence_leaf_ = 0;
  std::uint32_t leaves_ = 0;
  std::size_t string_tags_;
};

// The table's only column of this type; a table has at most one map of each.
std::optional<std::uint32_t> map_column(const TableSchema& schema, ColumnType type);

// Names of a block's files, without the folder.
std::string block_data_name(std::uint64_t id);
std::string block_index_name(std::uint64_t id);
std::string block_filter_name(std::uint64_t id);
// All that a block of spans has.
std::vector<std::string> block_file_names(std::uint64_t id);
// The only file of a block of statistics.
std::string stats_block_name(std::uint64_t id);

// For a block that no manifest names. What can't be removed now is removed at the next start, as a stranger.
void remove_block_files(Files& files, const std::string& folder, std::uint64_t id);

// One of a block's files, and what the manifest says of it.
struct FileOfBlock {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  // XXH3-64 of the whole file
  bool needed = true;          // else the block can be read without it
};

// All of them, for whoever takes a block as a whole, of spans or of statistics.
std::vector<FileOfBlock> files_of_block(const BlockInfo& block);

}  // namespace vizsla::store
