// What a scan asks of each row: something that holds of it, or, negated, doesn't.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "store/embedded/block_index.h"
#include "store/embedded/manifest.h"
#include "store/embedded/table_batch.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

struct ScanCondition {
  enum class Kind : std::uint8_t {
    Range,       // min ≤ integer ≤ max
    AnyBit,      // integer & mask ≠ 0
    Id,          // integer = id, and that of other_column = id_high, unless one of these two is 0: not known
    TextEquals,  // of a String column
    TagEquals,   // of a StringMap: the tag `key` is there and equal; or it is in the NumberMap other_column as `number`
  };
  Kind kind = Kind::Range;
  bool negated = false;
  std::uint32_t column = 0;  // of the schema
  std::uint32_t other_column = 0;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::uint64_t mask = 0;
  std::uint64_t id = 0;
  std::uint64_t id_high = 0;
  std::string key{};
  std::string value{};
  std::optional<double> number{};
};

// What a deletion's rows hold, apart from having arrived before it.
std::vector<ScanCondition> conditions_of(const Deletion& deletion, const TableSchema& schema);

// Whether the row holds it, negation included.
bool holds(const TableBatch& batch, std::uint32_t row, const ScanCondition& condition);
bool holds(const TableBatch& batch, std::uint32_t row, const std::vector<ScanCondition>& conditions);

// False: no row whose integer lies in the zone holds it. `column` is the zone's.
inline bool may_hold(Zone zone, std::uint32_t column, const ScanCondition& condition) {
  if (condition.kind != ScanCondition::Kind::Range || condition.column != column) return true;
  if (condition.negated) return zone.min < condition.min || zone.max > condition.max;
  return zone.max >= condition.min && zone.min <= condition.max;
}

// Of Range and AnyBit: what is said of the value, without the negation.
inline bool integer_holds(const ScanCondition& condition, std::uint64_t bits) {
  if (condition.kind == ScanCondition::Kind::AnyBit) return (bits & condition.mask) != 0;
  const auto value = static_cast<std::int64_t>(bits);
  return value >= condition.min && value <= condition.max;
}

// Of Id.
inline bool id_holds(const ScanCondition& condition, std::uint64_t id, std::uint64_t high) {
  return id == condition.id && (condition.id_high == 0 || high == 0 || high == condition.id_high);
}

}  // namespace vizsla::store
