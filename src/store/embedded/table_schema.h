// What the generic table engine knows of a table: its columns, and which of them it sorts and prunes by.
//
// The engine (log, live batches, blocks, queries) works on any schema; spans are the first one (span_table.h). Column
// names are those of the query language. A schema's version is written into each log section and block; a change of
// columns is a new version, and docs/formats/ says what each version has. Immutable.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vizsla::store {

enum class ColumnType : std::uint8_t {
  U8,
  I8,
  U16,
  U64,
  I64,
  F64,
  String,     // UTF-8, dictionary-coded
  Binary,     // any bytes, dictionary-coded
  StringMap,  // string → string, each key once
  NumberMap,  // string → double; a key may come twice in a row
};

// Bytes of one value as columns lie in memory and in the log; of a map: of its end offset.
constexpr std::size_t width_of(ColumnType type) {
  switch (type) {
    case ColumnType::U8:
    case ColumnType::I8:
      return 1;
    case ColumnType::U16:
      return 2;
    case ColumnType::U64:
    case ColumnType::I64:
    case ColumnType::F64:
      return 8;
    case ColumnType::String:
    case ColumnType::Binary:
    case ColumnType::StringMap:
    case ColumnType::NumberMap:
      return 4;
  }
  return 0;
}

constexpr bool is_map(ColumnType type) {
  return type == ColumnType::StringMap || type == ColumnType::NumberMap;
}
constexpr bool is_string(ColumnType type) {
  return type == ColumnType::String || type == ColumnType::Binary;
}

struct Column {
  std::string_view name;
  ColumnType type;
};

struct TableSchema {
  std::string_view name;  // also its folder
  std::uint32_t id;       // in log sections; 0: its rows don't come from the log
  std::uint32_t version;
  std::vector<Column> columns;

  // Indexes into columns. Rows lie in a block by (group, key, time).
  std::uint32_t
      group_column;  // String: what belongs together and is asked for together; of a span, its chunk's entry service
  std::uint32_t key_column;   // U64: what is looked up; of a span, the low half of its trace id
  std::uint32_t time_column;  // I64: ns since 1970, by which blocks are cut and pruned

  // Integers of which each page of a block knows the smallest and the largest, so that a search can pass it over.
  std::vector<std::uint32_t> zone_columns;

  // String columns whose values are in the filters of a block; text tags always are.
  std::vector<std::uint32_t> filtered_columns;

  // Two rows are copies when they are equal in key, time and these columns. Of copies the one with the highest number
  // under `snapshot_tag` (of the number map) stands for all, one without it above all; of equals the first that came.
  // Empty: there are no copies.
  std::vector<std::uint32_t> copy_columns;
  std::string_view snapshot_tag;

  // Index of the column with this name; columns.size() when there is none.
  [[nodiscard]] std::uint32_t find(std::string_view column) const {
    std::uint32_t i = 0;
    while (i < columns.size() && columns[i].name != column) ++i;
    return i;
  }
};

}  // namespace vizsla::store
