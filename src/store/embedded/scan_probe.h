// A condition of a scan in one row group of a block: the leaves that tell which rows hold it, and what dictionaries and
// filters say without looking at a row. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/embedded/block_reader.h"
#include "store/embedded/leaf_reader.h"
#include "store/embedded/scan_condition.h"

namespace vizsla::store {

// The readers of the leaves of one row group that probes look at: one each, however many probes there are, so that five
// hundred terms about one column have one dictionary in memory. Who loads rows into one has them until the next who
// does. Buffers stay from row group to row group.
class LeafReaders {
 public:
  // `pages` must outlive what is read of it.
  void enter(const BlockPages& pages, std::uint32_t row_group) {
    pages_ = &pages;
    row_group_ = row_group;
    for (auto& [leaf, reader] : readers_) reader.second = false;
  }

  [[nodiscard]] const BlockIndex& index() const { return pages_->index(); }
  [[nodiscard]] std::uint32_t row_group() const { return row_group_; }

  LeafReader& at(std::uint32_t leaf, LeafValue value, LeafShape shape) {
    auto& [reader, is_there] = readers_[leaf];
    if (!std::exchange(is_there, true)) reader.go_to(*pages_, row_group_, leaf, value, shape);
    return reader;
  }

 private:
  const BlockPages* pages_ = nullptr;
  std::uint32_t row_group_ = 0;
  std::map<std::uint32_t, std::pair<LeafReader, bool>> readers_;  // whether it is at the row group at hand
};

class ScanProbe {
 public:
  // Borrows both.
  ScanProbe(const TableSchema& schema, const ScanCondition& condition);

  // Whether filters can say anything about it.
  [[nodiscard]] bool uses_filter() const { return hash_.has_value(); }

  // False when the filter says that no row of the row group holds the condition. Filters know which texts are there and
  // nothing of those that aren't, nor of numbers: of a negated condition, and of one that a number fulfils too, they
  // say nothing here.
  [[nodiscard]] bool may_hold(const BlockFilter& filter, std::uint32_t row_group) const {
    return condition_->negated || condition_->number || !hash_ || filter.may_contain(row_group, *hash_);
  }

  // Goes to the row group that `readers` are at, and borrows from them until the next; `filter` is the block's, or
  // null. False when no row of it holds the condition: rows aren't to be asked about then.
  Result<bool> enter(const BlockReader& block, LeafReaders& readers, const BlockFilter* filter);

  // Leaves those of `rows` (of the page; ascending, not none) that hold the condition.
  Result<void> narrow(std::uint32_t page, std::vector<std::uint32_t>& rows);

 private:
  // Texts to be compared with one: by their numbers where there is a dictionary.
  struct TextLeaf {
    LeafReader* reader = nullptr;
    std::string_view wanted{};
    bool by_dictionary = false;
    std::uint32_t code = 0;

    // False when the dictionary doesn't have `text`.
    Result<bool> enter(LeafReaders& readers, std::uint32_t leaf, LeafShape shape, std::string_view text);
    [[nodiscard]] bool is(std::size_t value) const {
      return by_dictionary ? reader->indexes()[value] == code : reader->text(value) == wanted;
    }
  };

  Result<void> enter_tag(const BlockReader& block, LeafReaders& readers, const BlockFilter* filter);
  Result<void> mark_integers(std::uint32_t page, const std::vector<std::uint32_t>& rows);
  Result<void> mark_ids(std::uint32_t page, const std::vector<std::uint32_t>& rows);
  Result<void> mark_texts(std::uint32_t page, const std::vector<std::uint32_t>& rows);
  Result<void> mark_texts_in_map(std::uint32_t page, const std::vector<std::uint32_t>& rows);
  Result<void> mark_numbers(std::uint32_t page, const std::vector<std::uint32_t>& rows);
  Result<void> mark_numbers_in_map(std::uint32_t page, const std::vector<std::uint32_t>& rows);

  const TableSchema* schema_;
  const ScanCondition* condition_;
  std::optional<std::uint64_t> hash_;  // of the text under its name, if filters have such

  LeafReader* integers_ = nullptr;
  LeafReader* high_integers_ = nullptr;
  // Where in this row group something may be equal. A tag's texts lie in a column of their own or in the map; of its
  // numbers the first of a row may lie in a column, and others in the map.
  bool texts_possible_ = false;
  bool texts_in_map_possible_ = false;
  bool numbers_possible_ = false;
  bool numbers_in_map_possible_ = false;
  TextLeaf texts_;      // a column, or the values of the map
  TextLeaf text_keys_;  // of the map
  LeafReader* numbers_ = nullptr;
  TextLeaf number_keys_;
  LeafReader* number_values_ = nullptr;

  std::vector<bool> marked_;  // by place in the rows that are looked at: what the condition says holds
};

}  // namespace vizsla::store
