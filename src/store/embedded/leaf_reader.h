// The values of one leaf of a block in one row group, a page at a time and only the rows that are asked for.
//
// Two ways to look at what load_rows() decoded: row by row (values_of), for single traces, or all values at once
// (indexes, integers, texts), for merging blocks and for scans. Buffers stay from leaf to leaf. One thread at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "store/embedded/bitmap.h"
#include "store/embedded/block_index.h"
#include "store/embedded/files.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

// The pages of a block, each checked against the index as it is read. A view: who made it keeps the index and the path.
class BlockPages {
 public:
  BlockPages(const std::string& path, const BlockIndex& index, std::shared_ptr<const ReadableFile> data)
      : path_(&path), index_(&index), data_(std::move(data)) {}

  [[nodiscard]] const std::string& path() const { return *path_; }
  [[nodiscard]] const BlockIndex& index() const { return *index_; }
  [[nodiscard]] const ReadableFile& data() const { return *data_; }

  // The bytes at `place`; Corrupt when they aren't what the index says. `what` is for the message: "a page".
  Result<void> read(BlockIndex::Place place, Buffer& content, std::string_view what) const;

 private:
  const std::string* path_;
  const BlockIndex* index_;
  std::shared_ptr<const ReadableFile> data_;
};

enum class LeafValue : std::uint8_t { Int32, Int64, Double, Text };

LeafValue leaf_value_of(ColumnType type);

enum class LeafShape : std::uint8_t {
  Required,  // a value in each row
  Optional,  // or none
  Map,       // any number
};

class LeafReader {
 public:
  // Goes to another leaf. `pages` must outlive what is read of it.
  void go_to(const BlockPages& pages, std::uint32_t row_group, std::uint32_t leaf, LeafValue value, LeafShape shape);

  // Decodes the rows [first, end) of page `number`. Corrupt, naming the file, when the page isn't what the index says.
  Result<void> load_rows(std::uint32_t number, std::uint32_t first, std::uint32_t end);

  // How many values page `number` has, without decoding any.
  Result<std::uint32_t> count_values(std::uint32_t number);

  // Where the row group's dictionary has this text; the leaf must have one (BlockIndex::dictionary).
  Result<std::optional<std::uint32_t>> find_in_dictionary(std::string_view text);

  // Row by row, ascending: the values [begin, end) for integer(), real() and text().
  struct Range {
    std::size_t begin;
    std::size_t end;
  };
  Range values_of(std::uint32_t row);

  [[nodiscard]] std::uint64_t integer(std::size_t i) const {
    return by_index_ ? dictionary_.integers[indexes_[i]] : values_.integers[i];
  }
  [[nodiscard]] double real(std::size_t i) const { return std::bit_cast<double>(integer(i)); }
  [[nodiscard]] std::string_view text(std::size_t i) const {
    return by_index_ ? dictionary_.texts[indexes_[i]] : values_.texts[i];
  }

  // All at once: the values of the rows that are loaded, nulls left out.
  [[nodiscard]] std::size_t value_count() const { return count_; }
  [[nodiscard]] bool by_index() const { return by_index_ && count_ > 0; }
  // When by_index(): positions in the dictionary, which is the same for all pages of a row group.
  [[nodiscard]] std::span<const std::uint32_t> indexes() const { return {indexes_.data(), count_}; }
  [[nodiscard]] std::span<const std::uint64_t> dictionary_integers() const { return dictionary_.integers; }
  [[nodiscard]] std::span<const std::string_view> dictionary_texts() const { return dictionary_.texts; }
  // When not by_index(). Texts are valid until the next load_rows().
  [[nodiscard]] std::span<const std::uint64_t> integers() const { return {values_.integers.data(), count_}; }
  [[nodiscard]] std::span<const std::string_view> texts() const { return {values_.texts.data(), count_}; }
  // Whether a loaded row of an Optional leaf has a value.
  [[nodiscard]] bool has_value(std::uint32_t row) const { return definition_[row]; }

 private:
  // The values of a dictionary, or of a page: the vector of its kind is in use.
  struct Values {
    std::vector<std::uint64_t> integers;  // 32-bit ones sign-extended, doubles as their bits
    std::vector<std::string_view> texts;
    Buffer bytes;  // what the texts point into
  };

  struct PageHeader;

  static bool parse_header(Bytes page, PageHeader& header, Bytes& content);
  static bool decode_plain(Bytes in, LeafValue kind, std::size_t skip, std::size_t count, Values& values);
  [[nodiscard]] tl::unexpected<Error> damaged(std::string_view what) const;
  Result<void> load_dictionary();
  // The values [first_value_, first_value_ + count_) of `all`.
  bool decode(Bytes in, std::int64_t encoding, std::size_t all);

  const BlockPages* pages_ = nullptr;
  std::uint32_t group_ = 0;
  std::uint32_t leaf_ = 0;
  LeafValue kind_ = LeafValue::Int64;
  LeafShape shape_ = LeafShape::Required;

  Buffer page_;
  Values values_;
  Values dictionary_;
  std::uint32_t dictionary_size_ = 0;
  bool dictionary_loaded_ = false;
  bool by_index_ = false;
  std::vector<std::uint32_t> indexes_;
  Bitmap repetition_;  // 0: the first entry of a row
  Bitmap definition_;  // 1: there is a value

  // Of the rows that are loaded.
  std::size_t first_value_ = 0;
  std::size_t count_ = 0;
  std::uint32_t next_row_ = 0;  // the row, level and value that values_of() stands before
  std::size_t next_level_ = 0;
  std::size_t next_value_ = 0;
};

}  // namespace vizsla::store
