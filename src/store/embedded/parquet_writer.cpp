#include "store/embedded/parquet_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <zstd.h>

#include "base/check.h"
#include "store/embedded/parquet_encoding.h"
#include "store/embedded/thrift_compact.h"

namespace vizsla::store {
namespace {

// Numbers of the format: parquet-format, src/main/thrift/parquet.thrift.
enum PhysicalType { kInt32 = 1, kInt64 = 2, kDouble = 5, kByteArray = 6 };
enum ConvertedType { kNoConversion = -1, kUtf8 = 0, kMap = 1, kUint8 = 11, kUint16 = 12, kUint64 = 14, kInt8 = 15 };
enum Repetition { kRequired = 0, kOptional = 1, kRepeated = 2 };
enum Encoding { kPlain = 0, kRle = 3, kDeltaBinaryPacked = 5, kDeltaLengthByteArray = 6, kRleDictionary = 8 };
enum PageType { kDictionaryPage = 2, kDataPageV2 = 3 };
constexpr int kZstd = 6;
constexpr std::string_view kMagic = "PAR1";

// 3 costs a third more time than 1 and saves a tenth; most of a block is dictionary indexes, on which both are quick.
constexpr int kZstdLevel = 1;
// Below this, compressing costs more than it saves.
constexpr std::size_t kCompressFrom = 64;
// A column with more distinct values than this share of its rows is written as it is.
constexpr double kDictionaryShareMax = 0.55;
// Who wants one row decodes all of a dictionary. Ids repeat among neighbours, where zstd finds them as well.
constexpr std::size_t kNumbersInDictionaryMax = 4096;
constexpr std::size_t kStatisticsBytesMax = 64;

PhysicalType physical_of(ParquetType type) {
  switch (type) {
    case ParquetType::U8:
    case ParquetType::I8:
    case ParquetType::U16:
      return kInt32;
    case ParquetType::U64:
    case ParquetType::I64:
      return kInt64;
    case ParquetType::F64:
      return kDouble;
    default:
      return kByteArray;
  }
}

ConvertedType converted_of(ParquetType type) {
  switch (type) {
    case ParquetType::U8:
      return kUint8;
    case ParquetType::I8:
      return kInt8;
    case ParquetType::U16:
      return kUint16;
    case ParquetType::U64:
      return kUint64;
    case ParquetType::String:
      return kUtf8;
    default:
      return kNoConversion;
  }
}

std::string plain_bytes(std::uint64_t bits, std::size_t size) {
  std::string bytes(size, '\0');
  std::memcpy(bytes.data(), &bits, size);
  return bytes;
}

void put_plain(Buffer& out, const void* from, std::size_t size) {
  const std::size_t at = out.size();
  out.resize(at + size);
  if (size > 0) std::memcpy(out.data() + at, from, size);
}

void put_byte_array(Buffer& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  put_plain(out, &size, sizeof(size));
  put_plain(out, text.data(), text.size());
}

}  // namespace

// Which values and which levels make up a page.
struct ParquetWriter::Shape {
  std::uint32_t rows = 0;
  std::uint32_t value_begin = 0;
  std::uint32_t value_end = 0;
  std::uint32_t levels = 0;  // values and nulls
  Buffer repetition;         // encoded; empty where the column has none
  Buffer definition;
};

struct ParquetWriter::Leaf {
  std::vector<std::string> path;
  PhysicalType type;
};

struct ParquetWriter::ChunkMeta {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> dictionary_offset;
  std::uint64_t data_offset = 0;
  std::uint64_t values = 0;
  std::uint64_t nulls = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::vector<int> encodings;
  std::optional<std::pair<std::string, std::string>> range;  // smallest and largest value, in plain encoding
  LeafPages pages;
};

struct ParquetWriter::RowGroupMeta {
  std::uint32_t rows = 0;
  std::vector<ChunkMeta> chunks;  // by leaf
};

ParquetWriter::ParquetWriter(WritableFile& file, std::vector<ParquetColumn> columns)
    : file_(file), columns_(std::move(columns)), zstd_(ZSTD_createCCtx()) {
  VIZSLA_CHECK(zstd_ != nullptr);
  ZSTD_CCtx_setParameter(zstd_, ZSTD_c_compressionLevel, kZstdLevel);
  // Lets every reader, DuckDB too, notice a flipped bit.
  ZSTD_CCtx_setParameter(zstd_, ZSTD_c_checksumFlag, 1);
  for (const ParquetColumn& column : columns_) {
    first_leaf_.push_back(leaves_.size());
    if (column.type == ParquetType::StringMap || column.type == ParquetType::NumberMap) {
      leaves_.push_back({{column.name, "key_value", "key"}, kByteArray});
      leaves_.push_back(
          {{column.name, "key_value", "value"}, column.type == ParquetType::StringMap ? kByteArray : kDouble});
    } else {
      leaves_.push_back({{column.name}, physical_of(column.type)});
    }
  }
  put_plain(out_, kMagic.data(), kMagic.size());
  offset_ = kMagic.size();
}

ParquetWriter::~ParquetWriter() {
  ZSTD_freeCCtx(zstd_);
}

const ParquetColumn& ParquetWriter::take_column(std::initializer_list<ParquetType> allowed) {
  VIZSLA_CHECK(next_column_ < columns_.size());
  const ParquetColumn& column = columns_[next_column_++];
  VIZSLA_CHECK(std::find(allowed.begin(), allowed.end(), column.type) != allowed.end());
  return column;
}

std::uint32_t ParquetWriter::begin_row_group(std::uint32_t rows) {
  VIZSLA_CHECK(rows > 0);
  const auto number = static_cast<std::uint32_t>(row_groups_.size());
  row_groups_.push_back({rows, std::vector<ChunkMeta>(leaves_.size())});
  go_to(number, 0);
  return number;
}

void ParquetWriter::go_to(std::uint32_t row_group, std::size_t column) {
  row_group_ = row_group;
  rows_ = row_groups_[row_group].rows;
  next_column_ = column;
  next_leaf_ = first_leaf_[column];
}

std::vector<ParquetWriter::Shape> ParquetWriter::required_shapes() const {
  std::vector<Shape> shapes;
  for (std::uint32_t begin = 0; begin < rows_; begin += kPageRows) {
    const std::uint32_t end = std::min(rows_, begin + kPageRows);
    Shape& shape = shapes.emplace_back();
    shape.rows = end - begin;
    shape.value_begin = begin;
    shape.value_end = end;
    shape.levels = end - begin;
  }
  return shapes;
}

std::vector<ParquetWriter::Shape> ParquetWriter::optional_shapes(std::span<const std::uint32_t> rows) const {
  std::vector<Shape> shapes = required_shapes();
  std::vector<std::uint32_t> present;
  std::uint32_t at = 0;
  std::uint32_t row = 0;
  for (Shape& shape : shapes) {
    present.assign(shape.rows, 0);
    shape.value_begin = at;
    for (; at < rows.size() && rows[at] < row + shape.rows; ++at) present[rows[at] - row] = 1;
    shape.value_end = at;
    row += shape.rows;
    encode_hybrid(present, 1, shape.definition);
  }
  VIZSLA_CHECK(at == rows.size());
  return shapes;
}

std::vector<ParquetWriter::Shape> ParquetWriter::map_shapes(std::span<const std::uint32_t> end) const {
  std::vector<Shape> shapes = required_shapes();
  std::vector<std::uint32_t> repetition;
  std::vector<std::uint32_t> definition;
  std::uint32_t row = 0;
  for (Shape& shape : shapes) {
    repetition.clear();
    definition.clear();
    shape.value_begin = row == 0 ? 0 : end[row - 1];
    for (const std::uint32_t last = row + shape.rows; row < last; ++row) {
      const std::uint32_t entries = end[row] - (row == 0 ? 0 : end[row - 1]);
      repetition.push_back(0);
      definition.push_back(entries == 0 ? 0 : 1);
      if (entries > 1) {
        repetition.insert(repetition.end(), entries - 1, 1);
        definition.insert(definition.end(), entries - 1, 1);
      }
    }
    shape.value_end = end[row - 1];
    shape.levels = static_cast<std::uint32_t>(repetition.size());
    encode_hybrid(repetition, 1, shape.repetition);
    encode_hybrid(definition, 1, shape.definition);
  }
  return shapes;
}

void ParquetWriter::begin_chunk() {
  chunk_ = std::make_unique<ChunkMeta>();
  chunk_->offset = chunk_->pages.offset = offset_;
}

// Compresses values_ into compressed_; false when that saves nothing.
bool ParquetWriter::compress_values() {
  compressed_.resize(ZSTD_compressBound(values_.size()));
  const std::size_t size =
      ZSTD_compress2(zstd_, compressed_.data(), compressed_.size(), values_.data(), values_.size());
  VIZSLA_CHECK(ZSTD_isError(size) == 0);
  compressed_.resize(size);
  return size < values_.size();
}

// Appends header_, levels_ and the stored values (in compressed_).
void ParquetWriter::put_page(std::size_t raw_size) {
  const std::size_t at = out_.size();
  put_plain(out_, header_.data(), header_.size());
  put_plain(out_, levels_.data(), levels_.size());
  put_plain(out_, compressed_.data(), compressed_.size());
  const std::size_t stored = out_.size() - at;
  offset_ += stored;
  chunk_->stored_bytes += stored;
  chunk_->raw_bytes += header_.size() + raw_size;
}

namespace {

LeafPages::Page page_of(const Buffer& out, std::size_t begin, std::uint64_t chunk_offset, std::uint64_t offset) {
  return {static_cast<std::uint32_t>(offset - chunk_offset),
          static_cast<std::uint32_t>(hash64({out.data() + begin, out.size() - begin})), false};
}

}  // namespace

void ParquetWriter::dictionary_page(std::uint32_t count) {
  if (count == 0) return;
  chunk_->dictionary_offset = offset_;
  compress_values();  // dictionary pages have no flag to say that they aren't
  header_.clear();
  levels_.clear();
  ThriftWriter thrift(header_);
  thrift.i32(1, kDictionaryPage);
  thrift.i32(2, static_cast<std::int32_t>(values_.size()));
  thrift.i32(3, static_cast<std::int32_t>(compressed_.size()));
  thrift.begin_struct(7);
  thrift.i32(1, static_cast<std::int32_t>(count));
  thrift.i32(2, kPlain);
  thrift.end_struct();
  thrift.end_struct();
  const std::size_t begin = out_.size();
  put_page(values_.size());
  chunk_->pages.dictionary = page_of(out_, begin, chunk_->offset, offset_);
}

void ParquetWriter::data_page(const Shape& shape, int encoding) {
  if (chunk_->pages.pages.empty()) chunk_->data_offset = offset_;
  const bool compressed = values_.size() >= kCompressFrom && compress_values();
  if (!compressed) compressed_.assign(values_.begin(), values_.end());

  levels_.clear();
  put_plain(levels_, shape.repetition.data(), shape.repetition.size());
  put_plain(levels_, shape.definition.data(), shape.definition.size());
  header_.clear();
  ThriftWriter thrift(header_);
  thrift.i32(1, kDataPageV2);
  thrift.i32(2, static_cast<std::int32_t>(levels_.size() + values_.size()));
  thrift.i32(3, static_cast<std::int32_t>(levels_.size() + compressed_.size()));
  thrift.begin_struct(8);
  thrift.i32(1, static_cast<std::int32_t>(shape.levels));
  thrift.i32(2, static_cast<std::int32_t>(shape.levels - (shape.value_end - shape.value_begin)));
  thrift.i32(3, static_cast<std::int32_t>(shape.rows));
  thrift.i32(4, encoding);
  thrift.i32(5, static_cast<std::int32_t>(shape.definition.size()));
  thrift.i32(6, static_cast<std::int32_t>(shape.repetition.size()));
  thrift.boolean(7, compressed);
  thrift.end_struct();
  thrift.end_struct();
  const std::size_t begin = out_.size();
  put_page(levels_.size() + values_.size());
  chunk_->pages.pages.push_back(page_of(out_, begin, chunk_->offset, offset_));
  chunk_->pages.pages.back().empty = shape.value_begin == shape.value_end;
  if (std::find(chunk_->encodings.begin(), chunk_->encodings.end(), encoding) == chunk_->encodings.end())
    chunk_->encodings.push_back(encoding);
}

void ParquetWriter::index_pages(std::span<const std::uint32_t> indexes, std::uint32_t dictionary_size,
                                const std::vector<Shape>& shapes) {
  if (dictionary_size == 0) {
    // A column of nulls alone has no dictionary to point into.
    values_.clear();
    for (const Shape& shape : shapes) data_page(shape, kPlain);
    return;
  }
  const int width = bit_width_of(dictionary_size - 1);
  for (const Shape& shape : shapes) {
    values_.clear();
    values_.push_back(static_cast<std::uint8_t>(width));
    encode_hybrid(indexes.subspan(shape.value_begin, shape.value_end - shape.value_begin), width, values_);
    data_page(shape, kRleDictionary);
  }
}

void ParquetWriter::end_chunk(std::uint64_t values, std::uint64_t nulls) {
  chunk_->values = values;
  chunk_->nulls = nulls;
  row_groups_[row_group_].chunks[next_leaf_++] = std::move(*chunk_);
  chunk_.reset();
}

void ParquetWriter::small_integers(std::span<const std::uint32_t> values) {
  const ParquetColumn& column = take_column({ParquetType::U8, ParquetType::I8, ParquetType::U16});
  VIZSLA_CHECK(values.size() == rows_);
  begin_chunk();
  // All values have at most 16 bits, so a table of them is the quickest way to a dictionary.
  seen_.resize(std::max<std::size_t>(seen_.size(), 1 << 16));
  ++dictionary_number_;
  indexes_.clear();
  distinct_.clear();
  for (const std::uint32_t value : values) {
    std::uint64_t& seen = seen_[value & 0xffff];
    if (seen >> 32 != dictionary_number_) {
      seen = std::uint64_t{dictionary_number_} << 32 | distinct_.size();
      distinct_.push_back(value);
    }
    indexes_.push_back(static_cast<std::uint32_t>(seen));
  }
  values_.clear();
  for (const std::uint64_t value : distinct_) put_plain(values_, &value, sizeof(std::int32_t));
  const auto less = [&](std::uint64_t a, std::uint64_t b) {
    return column.type == ParquetType::I8 ? static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) : a < b;
  };
  const auto [smallest, largest] = std::minmax_element(distinct_.begin(), distinct_.end(), less);
  chunk_->range = {plain_bytes(*smallest, 4), plain_bytes(*largest, 4)};
  dictionary_page(static_cast<std::uint32_t>(distinct_.size()));
  index_pages(indexes_, static_cast<std::uint32_t>(distinct_.size()), required_shapes());
  end_chunk(rows_, 0);
}

namespace {

std::size_t distinct_max(std::size_t values) {
  return static_cast<std::size_t>(static_cast<double>(values) * kDictionaryShareMax) + 1;
}

std::size_t distinct_numbers_max(std::size_t values) {
  return std::min(distinct_max(values), kNumbersInDictionaryMax);
}

// Numbers the distinct values in order of appearance. False, and nothing of use, when there are more than `max`.
bool number_distinct(std::span<const std::uint64_t> values, std::size_t max, std::vector<std::uint64_t>& slots,
                     std::vector<std::uint32_t>& slot_indexes, std::vector<std::uint64_t>& distinct,
                     std::vector<std::uint32_t>& indexes) {
  const std::size_t size = std::bit_ceil(std::max<std::size_t>(max * 2, 16));
  const std::size_t mask = size - 1;
  slots.assign(size, 0);
  slot_indexes.assign(size, 0);  // 1 + index; 0 = free
  distinct.clear();
  indexes.clear();
  indexes.reserve(values.size());
  std::uint64_t previous = 0;
  std::uint32_t previous_index = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t value = values[i];
    if (i > 0 && value == previous) {
      indexes.push_back(previous_index);
      continue;
    }
    std::size_t slot = (value * 0x9e3779b97f4a7c15u >> 20) & mask;
    while (slot_indexes[slot] != 0 && slots[slot] != value) slot = (slot + 1) & mask;
    if (slot_indexes[slot] == 0) {
      if (distinct.size() == max) return false;
      distinct.push_back(value);
      slots[slot] = value;
      slot_indexes[slot] = static_cast<std::uint32_t>(distinct.size());
    }
    previous = value;
    previous_index = slot_indexes[slot] - 1;
    indexes.push_back(previous_index);
  }
  return true;
}

}  // namespace

void ParquetWriter::integers(std::span<const std::uint64_t> values) {
  const ParquetColumn& column = take_column({ParquetType::U64, ParquetType::I64});
  VIZSLA_CHECK(values.size() == rows_);
  begin_chunk();
  const bool is_signed = column.type == ParquetType::I64;
  const auto less = [&](std::uint64_t a, std::uint64_t b) {
    return is_signed ? static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b) : a < b;
  };
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end(), less);
  chunk_->range = {plain_bytes(*smallest, 8), plain_bytes(*largest, 8)};

  const std::vector<Shape> shapes = required_shapes();
  if (number_distinct(values, distinct_numbers_max(values.size()), distinct_slots_, distinct_indexes_, distinct_,
                      indexes_)) {
    values_.clear();
    put_plain(values_, distinct_.data(), distinct_.size() * sizeof(std::uint64_t));
    dictionary_page(static_cast<std::uint32_t>(distinct_.size()));
    index_pages(indexes_, static_cast<std::uint32_t>(distinct_.size()), shapes);
  } else {
    for (const Shape& shape : shapes) {
      const auto part = values.subspan(shape.value_begin, shape.rows);
      values_.clear();
      // Random ids gain nothing from differences, times and sequence numbers a lot.
      encode_delta({reinterpret_cast<const std::int64_t*>(part.data()), part.size()}, values_);
      if (values_.size() < part.size_bytes()) {
        data_page(shape, kDeltaBinaryPacked);
      } else {
        values_.clear();
        put_plain(values_, part.data(), part.size_bytes());
        data_page(shape, kPlain);
      }
    }
  }
  end_chunk(rows_, 0);
}

void ParquetWriter::doubles(std::span<const double> values) {
  take_column({ParquetType::F64});
  VIZSLA_CHECK(values.size() == rows_);
  write_doubles(values, required_shapes());
}

void ParquetWriter::optional_doubles(std::span<const std::uint32_t> rows, std::span<const double> values) {
  VIZSLA_CHECK(take_column({ParquetType::F64}).optional);
  VIZSLA_CHECK(rows.size() == values.size());
  write_doubles(values, optional_shapes(rows));
}

void ParquetWriter::write_doubles(std::span<const double> values, const std::vector<Shape>& shapes) {
  begin_chunk();
  double smallest = INFINITY;
  double largest = -INFINITY;
  bool ordered = true;
  for (const double value : values) {
    ordered = ordered && !std::isnan(value);
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  if (ordered && !values.empty()) {
    // Zero has two signs, and a reader that looks for the other one must not be sent away.
    if (smallest == 0) smallest = -0.0;
    if (largest == 0) largest = 0.0;
    chunk_->range = {plain_bytes(std::bit_cast<std::uint64_t>(smallest), 8),
                     plain_bytes(std::bit_cast<std::uint64_t>(largest), 8)};
  }
  const std::span<const std::uint64_t> bits(reinterpret_cast<const std::uint64_t*>(values.data()), values.size());
  if (number_distinct(bits, distinct_numbers_max(values.size()), distinct_slots_, distinct_indexes_, distinct_,
                      indexes_)) {
    values_.clear();
    put_plain(values_, distinct_.data(), distinct_.size() * sizeof(double));
    dictionary_page(static_cast<std::uint32_t>(distinct_.size()));
    index_pages(indexes_, static_cast<std::uint32_t>(distinct_.size()), shapes);
  } else {
    for (const Shape& shape : shapes) {
      values_.clear();
      put_plain(values_, values.data() + shape.value_begin, (shape.value_end - shape.value_begin) * sizeof(double));
      data_page(shape, kPlain);
    }
  }
  std::uint64_t levels = 0;
  for (const Shape& shape : shapes) levels += shape.levels;
  end_chunk(levels, levels - values.size());
}

void ParquetWriter::strings(std::span<const std::uint32_t> codes) {
  take_column({ParquetType::String, ParquetType::Binary});
  VIZSLA_CHECK(codes.size() == rows_);
  write_strings(codes, required_shapes());
}

void ParquetWriter::optional_strings(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> codes) {
  VIZSLA_CHECK(take_column({ParquetType::String}).optional);
  VIZSLA_CHECK(rows.size() == codes.size());
  write_strings(codes, optional_shapes(rows));
}

void ParquetWriter::string_map(std::span<const std::uint32_t> end, std::span<const std::uint32_t> keys,
                               std::span<const std::uint32_t> values) {
  take_column({ParquetType::StringMap});
  VIZSLA_CHECK(end.size() == rows_ && keys.size() == values.size() && keys.size() == end.back());
  const std::vector<Shape> shapes = map_shapes(end);
  write_strings(keys, shapes);
  write_strings(values, shapes);
}

void ParquetWriter::number_map(std::span<const std::uint32_t> end, std::span<const std::uint32_t> keys,
                               std::span<const double> values) {
  take_column({ParquetType::NumberMap});
  VIZSLA_CHECK(end.size() == rows_ && keys.size() == values.size() && keys.size() == end.back());
  const std::vector<Shape> shapes = map_shapes(end);
  write_strings(keys, shapes);
  write_doubles(values, shapes);
}

void ParquetWriter::write_strings(std::span<const std::uint32_t> codes, const std::vector<Shape>& shapes) {
  begin_chunk();
  if (seen_.size() < strings_->size()) seen_.resize(strings_->size());
  ++dictionary_number_;
  indexes_.clear();
  indexes_.reserve(codes.size());
  distinct_.clear();
  const std::size_t max = distinct_max(codes.size());
  for (const std::uint32_t code : codes) {
    std::uint64_t& seen = seen_[code];
    if (seen >> 32 != dictionary_number_) {
      if (distinct_.size() == max) break;
      seen = std::uint64_t{dictionary_number_} << 32 | distinct_.size();
      distinct_.push_back(code);
    }
    indexes_.push_back(static_cast<std::uint32_t>(seen));
  }

  if (indexes_.size() == codes.size()) {
    values_.clear();
    for (const std::uint64_t code : distinct_) put_byte_array(values_, (*strings_)[code]);
    if (!distinct_.empty()) {
      const auto less = [&](std::uint64_t a, std::uint64_t b) { return (*strings_)[a] < (*strings_)[b]; };
      const auto [smallest, largest] = std::minmax_element(distinct_.begin(), distinct_.end(), less);
      if ((*strings_)[*smallest].size() <= kStatisticsBytesMax && (*strings_)[*largest].size() <= kStatisticsBytesMax)
        chunk_->range = {std::string((*strings_)[*smallest]), std::string((*strings_)[*largest])};
    }
    dictionary_page(static_cast<std::uint32_t>(distinct_.size()));
    index_pages(indexes_, static_cast<std::uint32_t>(distinct_.size()), shapes);
  } else {
    std::vector<std::string_view> texts;
    for (const Shape& shape : shapes) {
      texts.clear();
      for (std::uint32_t i = shape.value_begin; i < shape.value_end; ++i) texts.push_back((*strings_)[codes[i]]);
      values_.clear();
      encode_strings(texts, values_);
      data_page(shape, kDeltaLengthByteArray);
    }
  }
  std::uint64_t levels = 0;
  for (const Shape& shape : shapes) levels += shape.levels;
  end_chunk(levels, levels - codes.size());
}

Result<void> ParquetWriter::flush() {
  const Bytes bytes = out_;
  checksum_.update(bytes);
  VIZSLA_TRY_VOID(file_.append({&bytes, 1}));
  out_.clear();
  return {};
}

Result<ParquetFile> ParquetWriter::finish(const std::vector<std::pair<std::string, std::string>>& metadata) {
  for (RowGroupMeta& group : row_groups_) {
    result_.row_groups.push_back(group.rows);
    for (ChunkMeta& chunk : group.chunks) {
      VIZSLA_CHECK(chunk.offset != 0);  // a column was left out
      result_.pages.push_back(std::move(chunk.pages));
    }
  }
  const std::size_t footer_begin = out_.size();
  ThriftWriter thrift(out_);
  thrift.i32(1, 2);

  std::size_t elements = 1;
  for (const ParquetColumn& column : columns_)
    elements += column.type == ParquetType::StringMap || column.type == ParquetType::NumberMap ? 4 : 1;
  thrift.begin_list_of_structs(2, elements);
  thrift.begin_element_struct();
  thrift.binary(4, "schema");
  thrift.i32(5, static_cast<std::int32_t>(columns_.size()));
  thrift.end_struct();
  const auto leaf = [&](std::string_view name, PhysicalType type, Repetition repetition, ConvertedType converted) {
    thrift.begin_element_struct();
    thrift.i32(1, type);
    thrift.i32(3, repetition);
    thrift.binary(4, name);
    if (converted != kNoConversion) thrift.i32(6, converted);
    thrift.end_struct();
  };
  for (const ParquetColumn& column : columns_) {
    if (column.type == ParquetType::StringMap || column.type == ParquetType::NumberMap) {
      thrift.begin_element_struct();
      thrift.i32(3, kRequired);
      thrift.binary(4, column.name);
      thrift.i32(5, 1);
      thrift.i32(6, kMap);
      thrift.end_struct();
      thrift.begin_element_struct();
      thrift.i32(3, kRepeated);
      thrift.binary(4, "key_value");
      thrift.i32(5, 2);
      thrift.end_struct();
      leaf("key", kByteArray, kRequired, kUtf8);
      if (column.type == ParquetType::StringMap) {
        leaf("value", kByteArray, kRequired, kUtf8);
      } else {
        leaf("value", kDouble, kRequired, kNoConversion);
      }
    } else {
      leaf(column.name, physical_of(column.type), column.optional ? kOptional : kRequired, converted_of(column.type));
    }
  }

  std::uint64_t rows = 0;
  for (const RowGroupMeta& group : row_groups_) rows += group.rows;
  thrift.i64(3, static_cast<std::int64_t>(rows));

  thrift.begin_list_of_structs(4, row_groups_.size());
  for (const RowGroupMeta& group : row_groups_) {
    thrift.begin_element_struct();
    thrift.begin_list_of_structs(1, group.chunks.size());
    std::uint64_t raw_bytes = 0;
    std::uint64_t stored_bytes = 0;
    for (std::size_t i = 0; i < group.chunks.size(); ++i) {
      const ChunkMeta& chunk = group.chunks[i];
      raw_bytes += chunk.raw_bytes;
      stored_bytes += chunk.stored_bytes;
      thrift.begin_element_struct();
      thrift.i64(2, static_cast<std::int64_t>(chunk.offset));
      thrift.begin_struct(3);
      thrift.i32(1, leaves_[i].type);
      thrift.begin_list_of_i32(2, chunk.encodings.size() + 1);
      thrift.element_i32(kRle);
      for (const int encoding : chunk.encodings) thrift.element_i32(encoding);
      thrift.begin_list_of_binaries(3, leaves_[i].path.size());
      for (const std::string& part : leaves_[i].path) thrift.element_binary(part);
      thrift.i32(4, kZstd);
      thrift.i64(5, static_cast<std::int64_t>(chunk.values));
      thrift.i64(6, static_cast<std::int64_t>(chunk.raw_bytes));
      thrift.i64(7, static_cast<std::int64_t>(chunk.stored_bytes));
      thrift.i64(9, static_cast<std::int64_t>(chunk.data_offset));
      if (chunk.dictionary_offset) thrift.i64(11, static_cast<std::int64_t>(*chunk.dictionary_offset));
      thrift.begin_struct(12);
      thrift.i64(3, static_cast<std::int64_t>(chunk.nulls));
      if (chunk.range) {
        thrift.binary(5, chunk.range->second);
        thrift.binary(6, chunk.range->first);
      }
      thrift.end_struct();
      thrift.end_struct();
      thrift.end_struct();
    }
    thrift.i64(2, static_cast<std::int64_t>(raw_bytes));
    thrift.i64(3, group.rows);
    thrift.i64(6, static_cast<std::int64_t>(stored_bytes));
    thrift.end_struct();
  }

  thrift.begin_list_of_structs(5, metadata.size());
  for (const auto& [key, value] : metadata) {
    thrift.begin_element_struct();
    thrift.binary(1, key);
    thrift.binary(2, value);
    thrift.end_struct();
  }
  thrift.binary(6, "vizsla");
  thrift.begin_list_of_structs(7, leaves_.size());
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    thrift.begin_element_struct();
    thrift.begin_struct(1);  // ordered by the type's own order
    thrift.end_struct();
    thrift.end_struct();
  }
  thrift.end_struct();

  const auto footer_bytes = static_cast<std::uint32_t>(out_.size() - footer_begin);
  put_plain(out_, &footer_bytes, sizeof(footer_bytes));
  put_plain(out_, kMagic.data(), kMagic.size());
  const Bytes footer = Bytes(out_).subspan(footer_begin);
  result_.footer_bytes = static_cast<std::uint32_t>(footer.size());
  result_.footer_check = static_cast<std::uint32_t>(hash64(footer));
  VIZSLA_TRY_VOID(flush());
  result_.bytes = file_.size();
  result_.checksum = checksum_.digest();
  result_.leaves = static_cast<std::uint32_t>(leaves_.size());
  return std::move(result_);
}

}  // namespace vizsla::store
