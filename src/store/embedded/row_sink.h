// Rows on their way out of a table, value by value: the same calls from a live batch and from a block.
//
// Rows are counted in the order in which they were asked for. A column that wasn't asked for is never called for; a map
// is called for once per tag. Views are valid during the call only. One thread at a time.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

class RowSink {
 public:
  virtual ~RowSink() = default;

  virtual void sequence(std::size_t row, std::uint64_t value) = 0;
  virtual void received(std::size_t row, UnixNanos value) = 0;
  // U8 to I64; I8 and I64 as their two's complement.
  virtual void integer(std::size_t row, std::uint32_t column, std::uint64_t value) = 0;
  virtual void real(std::size_t row, std::uint32_t column, double value) = 0;
  virtual void text(std::size_t row, std::uint32_t column, std::string_view value) = 0;
  virtual void text_tag(std::size_t row, std::uint32_t column, std::string_view key, std::string_view value) = 0;
  virtual void number_tag(std::size_t row, std::uint32_t column, std::string_view key, double value) = 0;

  // Asked before each page of a block: an error ends the reading with it.
  [[nodiscard]] virtual Result<void> check() { return {}; }
};

// What is wanted of each row.
struct Projection {
  std::vector<bool> columns;                                 // by schema column
  const std::set<std::string, std::less<>>* tags = nullptr;  // null: all tags of the maps that are wanted

  static Projection everything(const TableSchema& schema) {
    return {std::vector<bool>(schema.columns.size(), true), nullptr};
  }

  [[nodiscard]] bool wants_tag(std::string_view key) const { return tags == nullptr || tags->contains(key); }
};

// Consecutive rows.
struct RowRange {
  std::uint32_t first;
  std::uint32_t count;
};

}  // namespace vizsla::store
