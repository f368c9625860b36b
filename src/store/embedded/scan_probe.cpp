#include "store/embedded/scan_probe.h"

#include <algorithm>

#include <fmt/format.h>

namespace vizsla::store {

using Kind = ScanCondition::Kind;

ScanProbe::ScanProbe(const TableSchema& schema, const ScanCondition& condition)
    : schema_(&schema), condition_(&condition) {
  if (condition.kind == Kind::TagEquals) {
    const std::string name = fmt::format("@{}", condition.key);
    if (is_filtered(name)) hash_ = hash_of_text(name, condition.value);
  } else if (condition.kind == Kind::TextEquals) {
    const auto& filtered = schema.filtered_columns;
    if (std::find(filtered.begin(), filtered.end(), condition.column) != filtered.end())
      hash_ = hash_of_text(schema.columns[condition.column].name, condition.value);
  }
}

namespace {

// Whether a row of the row group has a value in this leaf; of one that needn't have any.
bool has_values(const BlockIndex& index, std::uint32_t row_group, std::uint32_t leaf) {
  for (std::uint32_t page = 0; page < index.pages_of(row_group); ++page) {
    if (!index.page(row_group, leaf, page).empty) return true;
  }
  return false;
}

}  // namespace

Result<bool> ScanProbe::TextLeaf::enter(LeafReaders& readers, std::uint32_t leaf, LeafShape shape,
                                        std::string_view text) {
  reader = &readers.at(leaf, LeafValue::Text, shape);
  wanted = text;
  by_dictionary = readers.index().dictionary(readers.row_group(), leaf).bytes > 0;
  // Without values there is no dictionary either.
  if (!by_dictionary) return shape == LeafShape::Required || has_values(readers.index(), readers.row_group(), leaf);
  VIZSLA_TRY(const auto found, reader->find_in_dictionary(text));
  code = found.value_or(0);
  return found.has_value();
}

Result<bool> ScanProbe::enter(const BlockReader& block, LeafReaders& readers, const BlockFilter* filter) {
  const std::uint32_t leaf = block.layout().leaf_of(condition_->column);
  bool possible = true;
  texts_possible_ = texts_in_map_possible_ = numbers_possible_ = numbers_in_map_possible_ = false;
  switch (condition_->kind) {
    case Kind::Range:
    case Kind::AnyBit:
      integers_ = &readers.at(leaf, leaf_value_of(schema_->columns[condition_->column].type), LeafShape::Required);
      break;
    case Kind::Id:
      integers_ = &readers.at(leaf, LeafValue::Int64, LeafShape::Required);
      high_integers_ =
          &readers.at(block.layout().leaf_of(condition_->other_column), LeafValue::Int64, LeafShape::Required);
      break;
    case Kind::TextEquals: {
      VIZSLA_TRY(possible, texts_.enter(readers, leaf, LeafShape::Required, condition_->value));
      texts_possible_ = possible;
      break;
    }
    case Kind::TagEquals:
      VIZSLA_TRY_VOID(enter_tag(block, readers, filter));
      possible = texts_possible_ || texts_in_map_possible_ || numbers_possible_ || numbers_in_map_possible_;
      break;
  }
  return possible || condition_->negated;
}

Result<void> ScanProbe::enter_tag(const BlockReader& block, LeafReaders& readers, const BlockFilter* filter) {
  const auto find = [&](const std::vector<std::string>& tags) -> std::optional<std::size_t> {
    const auto at = std::find(tags.begin(), tags.end(), condition_->key);
    return at == tags.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - tags.begin()));
  };
  const BlockLayout& layout = block.layout();
  const bool filtered_out = filter != nullptr && hash_ && !filter->may_contain(readers.row_group(), *hash_);
  const auto text_tag = find(block.info().string_tags);
  if (!filtered_out && text_tag) {
    VIZSLA_TRY(texts_possible_,
               texts_.enter(readers, layout.string_tag_leaf(*text_tag), LeafShape::Optional, condition_->value));
  } else if (!filtered_out) {
    const std::uint32_t map = layout.leaf_of(condition_->column);
    VIZSLA_TRY(texts_in_map_possible_, text_keys_.enter(readers, map, LeafShape::Map, condition_->key));
    if (texts_in_map_possible_) {
      VIZSLA_TRY(texts_in_map_possible_, texts_.enter(readers, map + 1, LeafShape::Map, condition_->value));
    }
  }
  if (!condition_->number) return {};
  if (const auto tag = find(block.info().number_tags)) {
    const std::uint32_t column = layout.number_tag_leaf(*tag);
    numbers_possible_ = has_values(readers.index(), readers.row_group(), column);
    numbers_ = &readers.at(column, LeafValue::Double, LeafShape::Optional);
  }
  const std::uint32_t map = layout.leaf_of(condition_->other_column);
  VIZSLA_TRY(numbers_in_map_possible_, number_keys_.enter(readers, map, LeafShape::Map, condition_->key));
  number_values_ = &readers.at(map + 1, LeafValue::Double, LeafShape::Map);
  return {};
}

Result<void> ScanProbe::narrow(std::uint32_t page, std::vector<std::uint32_t>& rows) {
  marked_.assign(rows.size(), false);
  if (condition_->kind == Kind::Range || condition_->kind == Kind::AnyBit) VIZSLA_TRY_VOID(mark_integers(page, rows));
  if (condition_->kind == Kind::Id) VIZSLA_TRY_VOID(mark_ids(page, rows));
  if (texts_possible_) VIZSLA_TRY_VOID(mark_texts(page, rows));
  if (texts_in_map_possible_) VIZSLA_TRY_VOID(mark_texts_in_map(page, rows));
  if (numbers_possible_) VIZSLA_TRY_VOID(mark_numbers(page, rows));
  if (numbers_in_map_possible_) VIZSLA_TRY_VOID(mark_numbers_in_map(page, rows));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (marked_[i] != condition_->negated) rows[kept++] = rows[i];
  }
  rows.resize(kept);
  return {};
}

Result<void> ScanProbe::mark_integers(std::uint32_t page, const std::vector<std::uint32_t>& rows) {
  const std::uint32_t begin = rows.front();
  VIZSLA_TRY_VOID(integers_->load_rows(page, begin, rows.back() + 1));
  for (std::size_t i = 0; i < rows.size(); ++i)
    marked_[i] = integer_holds(*condition_, integers_->integer(rows[i] - begin));
  return {};
}

Result<void> ScanProbe::mark_ids(std::uint32_t page, const std::vector<std::uint32_t>& rows) {
  const std::uint32_t begin = rows.front();
  VIZSLA_TRY_VOID(integers_->load_rows(page, begin, rows.back() + 1));
  const bool with_high = condition_->id_high != 0;
  if (with_high) VIZSLA_TRY_VOID(high_integers_->load_rows(page, begin, rows.back() + 1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t at = rows[i] - begin;
    marked_[i] = id_holds(*condition_, integers_->integer(at), with_high ? high_integers_->integer(at) : 0);
  }
  return {};
}

Result<void> ScanProbe::mark_texts(std::uint32_t page, const std::vector<std::uint32_t>& rows) {
  VIZSLA_TRY_VOID(texts_.reader->load_rows(page, rows.front(), rows.back() + 1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto range = texts_.reader->values_of(rows[i]);
    if (range.begin != range.end && texts_.is(range.begin)) marked_[i] = true;
  }
  return {};
}

Result<void> ScanProbe::mark_texts_in_map(std::uint32_t page, const std::vector<std::uint32_t>& rows) {
  VIZSLA_TRY_VOID(text_keys_.reader->load_rows(page, rows.front(), rows.back() + 1));
  VIZSLA_TRY_VOID(texts_.reader->load_rows(page, rows.front(), rows.back() + 1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto keys = text_keys_.reader->values_of(rows[i]);
    const auto values = texts_.reader->values_of(rows[i]);
    // A map's keys and values are as many, unless the block is damaged.
    for (std::size_t k = keys.begin; k < std::min(keys.end, values.end) && !marked_[i]; ++k)
      marked_[i] = text_keys_.is(k) && texts_.is(k);
  }
  return {};
}

Result<void> ScanProbe::mark_numbers(std::uint32_t page, const std::vector<std::uint32_t>& rows) {
  VIZSLA_TRY_VOID(numbers_->load_rows(page, rows.front(), rows.back() + 1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto range = numbers_->values_of(rows[i]);
    if (range.begin != range.end && numbers_->real(range.begin) == *condition_->number) marked_[i] = true;
  }
  return {};
}

Result<void> ScanProbe::mark_numbers_in_map(std::uint32_t page, const std::vector<std::uint32_t>& rows) {
  VIZSLA_TRY_VOID(number_keys_.reader->load_rows(page, rows.front(), rows.back() + 1));
  VIZSLA_TRY_VOID(number_values_->load_rows(page, rows.front(), rows.back() + 1));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto keys = number_keys_.reader->values_of(rows[i]);
    const auto values = number_values_->values_of(rows[i]);
    for (std::size_t k = keys.begin; k < std::min(keys.end, values.end) && !marked_[i]; ++k)
      marked_[i] = number_keys_.is(k) && number_values_->real(k) == *condition_->number;
  }
  return {};
}

}  // namespace vizsla::store
