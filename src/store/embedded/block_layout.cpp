#include "store/embedded/block_layout.h"

#include <fmt/format.h>

#include "base/log.h"

namespace vizsla::store {
namespace {

constexpr std::string_view kDataSuffix = ".parquet";
constexpr std::string_view kIndexSuffix = ".index";
constexpr std::string_view kFilterSuffix = ".filter";
constexpr std::string_view kStatsSuffix = ".stats";

ParquetType parquet_type(ColumnType type) {
  switch (type) {
    case ColumnType::U8:
      return ParquetType::U8;
    case ColumnType::I8:
      return ParquetType::I8;
    case ColumnType::U16:
      return ParquetType::U16;
    case ColumnType::U64:
      return ParquetType::U64;
    case ColumnType::I64:
      return ParquetType::I64;
    case ColumnType::F64:
      return ParquetType::F64;
    case ColumnType::String:
      return ParquetType::String;
    case ColumnType::Binary:
      return ParquetType::Binary;
    case ColumnType::StringMap:
      return ParquetType::StringMap;
    case ColumnType::NumberMap:
      return ParquetType::NumberMap;
  }
  return ParquetType::Binary;
}

}  // namespace

BlockLayout::BlockLayout(const TableSchema& schema, std::size_t string_tags, std::size_t number_tags)
    : leaf_of_(schema.columns.size()), string_tags_(string_tags) {
  std::uint32_t leaf = 0;
  const auto add = [&](std::string name, ParquetType type, bool optional = false) {
    columns_.push_back({std::move(name), type, optional});
  };
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    if (is_map(column.type)) continue;
    leaf_of_[i] = leaf++;
    add(std::string(column.name), parquet_type(column.type));
  }
  sequence_leaf_ = leaf;
  add("sequence", ParquetType::U64);
  add("received_ns", ParquetType::I64);
  for (std::size_t i = 0; i < string_tags; ++i) add(fmt::format("s{}", i), ParquetType::String, true);
  for (std::size_t i = 0; i < number_tags; ++i) add(fmt::format("n{}", i), ParquetType::F64, true);
  leaf += 2 + static_cast<std::uint32_t>(string_tags + number_tags);
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    if (!is_map(column.type)) continue;
    leaf_of_[i] = leaf;
    leaf += 2;
    add(std::string(column.name), parquet_type(column.type));
  }
  leaves_ = leaf;
}

std::optional<std::uint32_t> map_column(const TableSchema& schema, ColumnType type) {
  for (std::uint32_t i = 0; i < schema.columns.size(); ++i) {
    if (schema.columns[i].type == type) return i;
  }
  return std::nullopt;
}

std::string block_data_name(std::uint64_t id) {
  return fmt::format("{:012}{}", id, kDataSuffix);
}

std::string block_index_name(std::uint64_t id) {
  return fmt::format("{:012}{}", id, kIndexSuffix);
}

std::string block_filter_name(std::uint64_t id) {
  return fmt::format("{:012}{}", id, kFilterSuffix);
}

std::vector<std::string> block_file_names(std::uint64_t id) {
  return {block_data_name(id), block_index_name(id), block_filter_name(id)};
}

std::string stats_block_name(std::uint64_t id) {
  return fmt::format("{:012}{}", id, kStatsSuffix);
}

void remove_block_files(Files& files, const std::string& folder, std::uint64_t id) {
  for (const std::string& name : block_file_names(id)) {
    if (const auto removed = files.remove(fmt::format("{}/{}", folder, name)); !removed)
      log::warn(log::Fault::Environment, "block_remove", "{}; it will be removed at the next start",
                removed.error().message);
  }
}

std::vector<FileOfBlock> files_of_block(const BlockInfo& block) {
  if (block.resolution_ns != 0) return {{stats_block_name(block.id), block.data_bytes, block.data_checksum}};
  std::vector<FileOfBlock> files{{block_data_name(block.id), block.data_bytes, block.data_checksum},
                                 {block_index_name(block.id), block.index_bytes, block.index_checksum}};
  if (block.filter_bytes > 0)
    files.push_back({block_filter_name(block.id), block.filter_bytes, block.filter_checksum, false});
  return files;
}

}  // namespace vizsla::store
