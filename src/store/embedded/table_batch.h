// Rows of one table as columns in one run of bytes: the section of a log frame, and, unchanged, the live batch that
// queries read. Nothing is converted between the two: what was written to the log is what is looked at.
//
// Layout: docs/formats/log.md. Immutable and thread-safe once parsed; a TableBatch keeps its bytes alive.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

// One row's tags are [end[row - 1], end[row]) of the other two.
struct StringMapView {
  std::span<const std::uint32_t> end;
  std::span<const std::uint32_t> key;
  std::span<const std::uint32_t> value;
};

struct NumberMapView {
  std::span<const std::uint32_t> end;
  std::span<const std::uint32_t> key;
  std::span<const double> value;
};

// Where the sections of a frame's body are, by table.
struct SectionPlace {
  std::uint32_t table_id;
  Bytes bytes;
};

// Corrupt when their lengths don't add up to the body's; nothing else of them is looked at.
Result<std::vector<SectionPlace>> find_sections(Bytes body);

class TableBatch {
 public:
  // Reads the layout of `section`, whose bytes `owner` keeps alive. Corrupt when sizes don't add up or a code points
  // past the strings; `section` must be 8-byte aligned. `sequence` is that of the first row.
  static Result<TableBatch> parse(const TableSchema& schema, Bytes section, std::uint64_t sequence,
                                  UnixNanos received_ns, std::shared_ptr<const void> owner);

  [[nodiscard]] const TableSchema& schema() const { return *schema_; }
  [[nodiscard]] std::uint32_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }  // row i has sequence() + i
  [[nodiscard]] UnixNanos received_ns() const { return received_ns_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  [[nodiscard]] std::uint32_t strings() const { return static_cast<std::uint32_t>(string_offsets_.size() - 1); }

  [[nodiscard]] std::string_view string(std::uint32_t code) const {
    return {string_bytes_ + string_offsets_[code], string_offsets_[code + 1] - string_offsets_[code]};
  }

  // The values of a column that is no map; T must be as wide as its type (strings: codes of 32 bits).
  template <class T>
  [[nodiscard]] std::span<const T> column(std::uint32_t index) const {
    return {reinterpret_cast<const T*>(columns_[index].values), rows_};
  }

  [[nodiscard]] StringMapView string_map(std::uint32_t index) const {
    const ColumnPlace& place = columns_[index];
    return {column<std::uint32_t>(index),
            {reinterpret_cast<const std::uint32_t*>(place.map_keys), place.map_entries},
            {reinterpret_cast<const std::uint32_t*>(place.map_values), place.map_entries}};
  }

  [[nodiscard]] NumberMapView number_map(std::uint32_t index) const {
    const ColumnPlace& place = columns_[index];
    return {column<std::uint32_t>(index),
            {reinterpret_cast<const std::uint32_t*>(place.map_keys), place.map_entries},
            {reinterpret_cast<const double*>(place.map_values), place.map_entries}};
  }

  [[nodiscard]] std::string_view text(std::uint32_t column_index, std::size_t row) const {
    return string(column<std::uint32_t>(column_index)[row]);
  }

 private:
  struct ColumnPlace {
    const std::uint8_t* values = nullptr;
    const std::uint8_t* map_keys = nullptr;
    const std::uint8_t* map_values = nullptr;
    std::uint32_t map_entries = 0;
  };

  const TableSchema* schema_ = nullptr;
  std::uint32_t rows_ = 0;
  std::uint64_t sequence_ = 0;
  UnixNanos received_ns_ = 0;
  std::size_t bytes_ = 0;
  std::span<const std::uint32_t> string_offsets_;
  const char* string_bytes_ = nullptr;
  std::vector<ColumnPlace> columns_;
  std::shared_ptr<const void> owner_;
};

// Writes a section. The columns must come in the schema's order; each call appends one.
class TableBatchWriter {
 public:
  // `out` must be at a multiple of 8 bytes, and has the section appended.
  TableBatchWriter(const TableSchema& schema, std::uint32_t rows, Buffer& out);

  void strings(std::span<const std::uint32_t> offsets, std::span<const char> bytes);

  template <class T>
  void column(std::span<const T> values) {
    begin_column(values.size(), sizeof(T));
    append(values.data(), values.size_bytes());
  }

  template <class V>
  void map(std::span<const std::uint32_t> end, std::span<const std::uint32_t> key, std::span<const V> value) {
    begin_column(end.size(), sizeof(std::uint32_t));
    const std::uint64_t entries = key.size();
    append(&entries, sizeof(entries));
    append(end.data(), end.size_bytes());
    append(key.data(), key.size_bytes());
    append(value.data(), value.size_bytes());
  }

  // Fills in the section's length. All columns must have been written.
  void finish();

 private:
  void begin_column(std::size_t values, std::size_t width);
  void append(const void* from, std::size_t size);

  const TableSchema& schema_;
  const std::uint32_t rows_;
  Buffer& out_;
  const std::size_t begin_;
  std::size_t columns_written_ = 0;
};

}  // namespace vizsla::store
