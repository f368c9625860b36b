// Writes a Parquet file from columns that are already dictionary-coded, which is what live batches are.
//
// Ours rather than DuckDB's COPY because the strings come with codes: a value is hashed once per batch, not once per
// row and column, and pages have the size that looking up one trace wants (docs/decisions/0003). The files are ordinary
// Parquet, read by any tool; every test reads them back with DuckDB.
//
// Pages are of version 2, compressed with zstd where that saves anything, with kPageRows rows each, so that the rows of
// a page are the same in every column. Columns come row group by row group, or, where that needs less memory, column by
// column over several row groups (go_to): the footer says where each chunk lies. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/result.h"
#include "store/embedded/files.h"

struct ZSTD_CCtx_s;

namespace vizsla::store {

inline constexpr std::uint32_t kPageRows = 1024;

// What a column of the file holds. Integers have the type in which a reader sees them.
enum class ParquetType : std::uint8_t { U8, I8, U16, U64, I64, F64, String, Binary, StringMap, NumberMap };

struct ParquetColumn {
  std::string name;
  ParquetType type;
  bool optional = false;  // may be null; String and F64 only
};

// Strings by code, for the whole file.
using StringPool = std::vector<std::string_view>;

// Where the pages of one leaf column in one row group lie. A map has two leaves, keys and values.
struct LeafPages {
  struct Page {
    std::uint32_t end = 0;    // relative to `offset`, behind the page
    std::uint32_t check = 0;  // low half of the XXH3-64 of its bytes, header included
    bool empty = false;       // no row has a value
  };

  std::uint64_t offset = 0;        // of the first page in the file
  std::optional<Page> dictionary;  // lies before the data pages
  std::vector<Page> pages;         // page i has the rows [i * page_rows, …) of the row group
};

struct ParquetFile {
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  // XXH3-64 of the whole file
  std::uint32_t page_rows = kPageRows;
  std::uint32_t leaves = 0;
  std::vector<std::uint32_t> row_groups;  // rows of each
  std::vector<LeafPages> pages;           // by row group, then by leaf
  std::uint32_t footer_bytes = 0;         // at the end of the file, its length and the magic included
  std::uint32_t footer_check = 0;         // low half of the XXH3-64 of them
};

class ParquetWriter {
 public:
  // Borrows the file.
  ParquetWriter(WritableFile& file, std::vector<ParquetColumn> columns);
  ~ParquetWriter();
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  // What the codes that follow point into; borrowed until the next call.
  void use_strings(const StringPool& strings) { strings_ = &strings; }

  // Adds a row group behind those that are there, and goes to its first column. Gives its number.
  std::uint32_t begin_row_group(std::uint32_t rows);
  // The next call gives this column of this row group.
  void go_to(std::uint32_t row_group, std::size_t column);

  // One call per column, in order unless told otherwise. Spans have a value per row, unless said otherwise.
  void small_integers(std::span<const std::uint32_t> values);  // U8, I8 (as its two's complement), U16
  void integers(std::span<const std::uint64_t> values);        // U64, I64
  void doubles(std::span<const double> values);
  void strings(std::span<const std::uint32_t> codes);
  // Only the rows that have a value, ascending, and their values.
  void optional_strings(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> codes);
  void optional_doubles(std::span<const std::uint32_t> rows, std::span<const double> values);
  // Row r has the entries [end[r - 1], end[r]).
  void string_map(std::span<const std::uint32_t> end, std::span<const std::uint32_t> keys,
                  std::span<const std::uint32_t> values);
  void number_map(std::span<const std::uint32_t> end, std::span<const std::uint32_t> keys,
                  std::span<const double> values);

  // Hands what has come together to the file; to be called now and then.
  Result<void> flush();

  // Writes the footer; every row group must have all of its columns. The file is not synced.
  Result<ParquetFile> finish(const std::vector<std::pair<std::string, std::string>>& metadata);

 private:
  struct Shape;
  struct Leaf;
  struct ChunkMeta;
  struct RowGroupMeta;

  [[nodiscard]] std::vector<Shape> required_shapes() const;
  [[nodiscard]] std::vector<Shape> optional_shapes(std::span<const std::uint32_t> rows) const;
  [[nodiscard]] std::vector<Shape> map_shapes(std::span<const std::uint32_t> end) const;

  void write_strings(std::span<const std::uint32_t> codes, const std::vector<Shape>& shapes);
  void write_doubles(std::span<const double> values, const std::vector<Shape>& shapes);

  void begin_chunk();
  void dictionary_page(std::uint32_t count);
  void data_page(const Shape& shape, int encoding);
  // Data pages whose values are indexes into the chunk's dictionary.
  void index_pages(std::span<const std::uint32_t> indexes, std::uint32_t dictionary_size,
                   const std::vector<Shape>& shapes);
  void end_chunk(std::uint64_t values, std::uint64_t nulls);
  bool compress_values();
  void put_page(std::size_t raw_size);
  const ParquetColumn& take_column(std::initializer_list<ParquetType> allowed);

  WritableFile& file_;
  const StringPool* strings_ = nullptr;
  const std::vector<ParquetColumn> columns_;
  std::vector<Leaf> leaves_;
  std::vector<std::size_t> first_leaf_;  // by column
  ZSTD_CCtx_s* const zstd_;

  std::uint64_t offset_ = 0;  // in the file, of what is appended to out_ next
  Buffer out_;                // bytes that the file doesn't have yet
  Hasher64 checksum_;

  std::uint32_t rows_ = 0;  // of the row group at hand
  std::uint32_t row_group_ = 0;
  std::size_t next_column_ = 0;
  std::size_t next_leaf_ = 0;
  std::unique_ptr<ChunkMeta> chunk_;
  std::vector<RowGroupMeta> row_groups_;
  ParquetFile result_;

  // Scratch.
  Buffer header_;
  Buffer levels_;
  Buffer values_;
  Buffer compressed_;
  std::vector<std::uint32_t> indexes_;
  std::vector<std::uint64_t> seen_;  // by string code: the dictionary that has it, and its index there
  std::uint32_t dictionary_number_ = 0;
  std::vector<std::uint64_t> distinct_slots_;
  std::vector<std::uint32_t> distinct_indexes_;
  std::vector<std::uint64_t> distinct_;
};

}  // namespace vizsla::store
