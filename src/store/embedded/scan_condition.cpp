#include "store/embedded/scan_condition.h"

#include <algorithm>

namespace vizsla::store {
namespace {

using Kind = ScanCondition::Kind;

std::uint64_t integer_of(const TableBatch& batch, std::uint32_t column, std::uint32_t row) {
  switch (width_of(batch.schema().columns[column].type)) {
    case 1:
      return batch.column<std::uint8_t>(column)[row];
    case 2:
      return batch.column<std::uint16_t>(column)[row];
    default:
      return batch.column<std::uint64_t>(column)[row];
  }
}

bool has_tag(const TableBatch& batch, std::uint32_t row, const ScanCondition& condition) {
  const StringMapView texts = batch.string_map(condition.column);
  for (std::uint32_t i = row == 0 ? 0 : texts.end[row - 1]; i < texts.end[row]; ++i) {
    if (batch.string(texts.key[i]) == condition.key && batch.string(texts.value[i]) == condition.value) return true;
  }
  if (!condition.number) return false;
  const NumberMapView numbers = batch.number_map(condition.other_column);
  for (std::uint32_t i = row == 0 ? 0 : numbers.end[row - 1]; i < numbers.end[row]; ++i) {
    if (numbers.value[i] == *condition.number && batch.string(numbers.key[i]) == condition.key) return true;
  }
  return false;
}

// Without the negation.
bool says(const TableBatch& batch, std::uint32_t row, const ScanCondition& condition) {
  switch (condition.kind) {
    case Kind::Range:
    case Kind::AnyBit:
      return integer_holds(condition, integer_of(batch, condition.column, row));
    case Kind::Id:
      return id_holds(condition, integer_of(batch, condition.column, row),
                      condition.id_high == 0 ? 0 : integer_of(batch, condition.other_column, row));
    case Kind::TextEquals:
      return batch.text(condition.column, row) == condition.value;
    case Kind::TagEquals:
      return has_tag(batch, row, condition);
  }
  return false;
}

}  // namespace

std::vector<ScanCondition> conditions_of(const Deletion& deletion, const TableSchema& schema) {
  std::vector<ScanCondition> conditions;
  if (deletion.key) {
    const auto key = static_cast<std::int64_t>(*deletion.key);
    conditions.push_back({.kind = Kind::Range, .column = schema.key_column, .min = key, .max = key});
  }
  conditions.push_back(
      {.kind = Kind::Range, .column = schema.time_column, .min = deletion.time_from, .max = deletion.time_to});
  for (const auto& [column, value] : deletion.texts)
    conditions.push_back({.kind = Kind::TextEquals, .column = schema.find(column), .value = value});
  return conditions;
}

bool holds(const TableBatch& batch, std::uint32_t row, const ScanCondition& condition) {
  return says(batch, row, condition) != condition.negated;
}

bool holds(const TableBatch& batch, std::uint32_t row, const std::vector<ScanCondition>& conditions) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const ScanCondition& condition) { return holds(batch, row, condition); });
}

}  // namespace vizsla::store
