#include "store/embedded/block_reader.h"

#include <algorithm>

#include <fmt/format.h>
#include <zstd.h>

#include "base/check.h"
#include "base/hash.h"
#include "store/embedded/parquet_encoding.h"
#include "store/embedded/thrift_compact.h"

namespace vizsla::store {
namespace {

// Numbers of the format, as in parquet_writer.cpp.
constexpr std::int64_t kPlain = 0;
constexpr std::int64_t kDeltaBinaryPacked = 5;
constexpr std::int64_t kDeltaLengthByteArray = 6;
constexpr std::int64_t kRleDictionary = 8;

// No page that we write comes near this; a damaged header must not make us allocate the moon.
constexpr std::int64_t kPageBytesMax = std::int64_t{1} << 30;
// A page of nothing but nulls may have more rows than bits.
constexpr std::int64_t kRowsOfAnEmptyPageMax = 1 << 20;

struct PageHeader {
  std::int64_t raw_bytes = 0;
  std::int64_t stored_bytes = 0;
  std::int64_t values = 0;  // nulls included
  std::int64_t nulls = 0;
  std::int64_t encoding = 0;
  std::int64_t definition_bytes = 0;
  std::int64_t repetition_bytes = 0;
  std::int64_t dictionary_values = 0;
  bool compressed = true;
};

bool parse_header(Bytes page, PageHeader& header, Bytes& content) {
  ThriftReader thrift(page);
  const bool whole = thrift.read_struct([&](int outer, int field, std::int64_t value) {
    if (outer == 0 && field == 2) header.raw_bytes = value;
    if (outer == 0 && field == 3) header.stored_bytes = value;
    if (outer == 7 && field == 1) header.dictionary_values = value;
    if (outer != 8) return;
    if (field == 1) header.values = value;
    if (field == 2) header.nulls = value;
    if (field == 4) header.encoding = value;
    if (field == 5) header.definition_bytes = value;
    if (field == 6) header.repetition_bytes = value;
    if (field == 7) header.compressed = value != 0;
  });
  if (!whole) return false;
  content = page.subspan(thrift.consumed());
  const std::int64_t levels = header.definition_bytes + header.repetition_bytes;
  return std::cmp_equal(header.stored_bytes, content.size()) && header.raw_bytes >= levels &&
         header.raw_bytes <= kPageBytesMax && header.definition_bytes >= 0 && header.repetition_bytes >= 0 &&
         levels <= header.stored_bytes && header.values >= 0 &&
         header.values <= header.raw_bytes * 8 + kRowsOfAnEmptyPageMax && header.nulls >= 0 &&
         header.nulls <= header.values && header.dictionary_values >= 0 && header.dictionary_values <= header.raw_bytes;
}

bool decompress(Bytes stored, std::int64_t raw_bytes, Buffer& out) {
  static thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                         &ZSTD_freeDCtx);
  out.resize(static_cast<std::size_t>(raw_bytes));
  const std::size_t size = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), stored.data(), stored.size());
  return ZSTD_isError(size) == 0 && size == out.size();
}

enum class ValueKind { Int32, Int64, Double, Text };

// The values of a dictionary, or of a page: the vector of its kind is in use.
struct Values {
  std::vector<std::uint64_t> integers;  // 32-bit ones sign-extended, doubles as their bits
  std::vector<std::string_view> texts;
  Buffer bytes;  // what the texts point into
};

// Values [skip, skip + count).
bool decode_plain(Bytes in, ValueKind kind, std::size_t skip, std::size_t count, Values& values) {
  const std::size_t width = kind == ValueKind::Int32 ? 4 : 8;
  if (kind != ValueKind::Text) {
    if (in.size() / width < skip + count) return false;
    values.integers.resize(count);
    in = in.subspan(skip * width);
    for (std::size_t i = 0; i < count; ++i) {
      values.integers[i] = kind == ValueKind::Int32
                               ? static_cast<std::uint64_t>(std::int64_t{load<std::int32_t>(in.data() + i * 4)})
                               : load<std::uint64_t>(in.data() + i * 8);
    }
    return true;
  }
  values.texts.resize(count);
  for (std::size_t i = 0; i < skip + count; ++i) {
    if (in.size() < 4) return false;
    const auto size = load<std::uint32_t>(in.data());
    in = in.subspan(4);
    if (in.size() < size) return false;
    if (i >= skip) values.texts[i - skip] = as_text(in.first(size));
    in = in.subspan(size);
  }
  return true;
}

enum class Shape {
  Required,  // a value in each row
  Optional,  // or none
  Map,       // any number
};

}  // namespace

// The pages of one leaf in one row group, decoded one at a time and only where it is asked for, the dictionary once.
class BlockReader::LeafReader {
 public:
  // Goes to another leaf. Buffers stay: a lookup goes through sixty leaves.
  void go_to(const BlockReader& block, std::uint32_t group, std::uint32_t leaf, ValueKind kind, Shape shape) {
    block_ = &block;
    group_ = group;
    leaf_ = leaf;
    kind_ = kind;
    shape_ = shape;
    dictionary_loaded_ = false;
  }

  // Decodes the rows [first, end) of page `number`. values_of() may then be asked for them, in ascending order.
  Result<void> load_rows(std::uint32_t number, std::uint32_t first, std::uint32_t end) {
    VIZSLA_TRY_VOID(fetch(block_->index_->page(group_, leaf_, number)));
    PageHeader header;
    Bytes content;
    if (!parse_header(page_, header, content)) return damaged("a page header doesn't parse");
    const auto levels = static_cast<std::size_t>(header.values);
    const auto repetition_bytes = static_cast<std::size_t>(header.repetition_bytes);
    const auto definition_bytes = static_cast<std::size_t>(header.definition_bytes);
    if (!decode_bits(content.first(repetition_bytes), shape_ == Shape::Map ? levels : 0, repetition_) ||
        !decode_bits(content.subspan(repetition_bytes, definition_bytes), shape_ == Shape::Required ? 0 : levels,
                     definition_))
      return damaged("a page's levels don't parse");

    // From rows to levels, of which a map has as many as entries, and from levels to the values that are there.
    std::size_t level_begin = first;
    std::size_t level_end = end;
    if (shape_ == Shape::Map) {
      level_begin = repetition_.find_zero(0, first);
      level_end = repetition_.find_zero(level_begin, end - first);
    }
    if (level_begin > level_end || level_end > levels || (shape_ == Shape::Map && level_begin == levels))
      return damaged("a page has fewer rows than the index says");
    const auto all = static_cast<std::size_t>(header.values - header.nulls);
    if (shape_ == Shape::Required) {
      first_value_ = level_begin;
      count_ = level_end - level_begin;
    } else {
      first_value_ = definition_.ones(0, level_begin);
      count_ = definition_.ones(level_begin, level_end);
    }
    if (first_value_ + count_ > all) return damaged("a page has fewer values than its levels say");
    next_row_ = first;
    next_level_ = level_begin;
    next_value_ = 0;

    const Bytes stored = content.subspan(repetition_bytes + definition_bytes);
    const std::int64_t raw_bytes = header.raw_bytes - header.repetition_bytes - header.definition_bytes;
    by_index_ = header.encoding == kRleDictionary;
    if (count_ == 0) return {};
    Bytes values = stored;
    if (header.compressed) {
      if (!decompress(stored, raw_bytes, values_.bytes)) return damaged("a page doesn't decompress");
      values = values_.bytes;
    }
    if (!decode(values, header.encoding, all)) return damaged("a page's values don't parse");
    if (!by_index_) return {};
    VIZSLA_TRY_VOID(load_dictionary());
    if (std::any_of(indexes_.begin(), indexes_.end(), [&](std::uint32_t i) { return i >= dictionary_size_; }))
      return damaged("a page points past its dictionary");
    return {};
  }

  // The values of a row: [begin, end), for integer(), real() and text().
  struct Range {
    std::size_t begin;
    std::size_t end;
  };
  Range values_of(std::uint32_t row) {
    if (shape_ == Shape::Required) {
      const std::size_t value = next_value_ + (row - next_row_);
      return {value, value + 1};
    }
    const std::size_t from =
        shape_ == Shape::Map ? repetition_.find_zero(next_level_, row - next_row_) : next_level_ + (row - next_row_);
    const std::size_t to = shape_ == Shape::Map ? repetition_.find_zero(from, 1) : from + 1;
    const std::size_t begin = next_value_ + definition_.ones(next_level_, from);
    const std::size_t end = begin + definition_.ones(from, to);
    next_row_ = row + 1;
    next_level_ = to;
    next_value_ = end;
    return {begin, end};
  }

  [[nodiscard]] std::uint64_t integer(std::size_t i) const {
    return by_index_ ? dictionary_.integers[indexes_[i]] : values_.integers[i];
  }
  [[nodiscard]] double real(std::size_t i) const { return std::bit_cast<double>(integer(i)); }
  [[nodiscard]] std::string_view text(std::size_t i) const {
    return by_index_ ? dictionary_.texts[indexes_[i]] : values_.texts[i];
  }

 private:
  [[nodiscard]] tl::unexpected<Error> damaged(std::string_view what) const {
    return fail(ErrorCode::Corrupt,
                fmt::format("{}: {} (row group {}, leaf {})", block_->data_path_, what, group_, leaf_));
  }

  Result<void> fetch(BlockIndex::Place place) { return block_->check_place(place, page_, "a page"); }

  Result<void> load_dictionary() {
    if (dictionary_loaded_) return {};
    // Of the page at hand only the indexes are needed, and they are decoded: its buffer is free.
    VIZSLA_TRY_VOID(fetch(block_->index_->dictionary(group_, leaf_)));
    PageHeader header;
    Bytes content;
    if (!parse_header(page_, header, content)) return damaged("a dictionary's header doesn't parse");
    if (!decompress(content, header.raw_bytes, dictionary_.bytes)) return damaged("a dictionary doesn't decompress");
    dictionary_size_ = static_cast<std::uint32_t>(header.dictionary_values);
    if (!decode_plain(dictionary_.bytes, kind_, 0, dictionary_size_, dictionary_))
      return damaged("a dictionary doesn't parse");
    dictionary_loaded_ = true;
    return {};
  }

  // The values [first_value_, first_value_ + count_) of `all`.
  bool decode(Bytes in, std::int64_t encoding, std::size_t all) {
    switch (encoding) {
      case kRleDictionary:
        indexes_.resize(count_);
        return !in.empty() && decode_hybrid(in.subspan(1), in[0], first_value_, indexes_);
      case kPlain:
        return decode_plain(in, kind_, first_value_, count_, values_);
      case kDeltaBinaryPacked:
        values_.integers.resize(count_);
        return decode_delta(in, all, first_value_, {reinterpret_cast<std::int64_t*>(values_.integers.data()), count_});
      case kDeltaLengthByteArray:
        values_.texts.resize(count_);
        return decode_strings(in, all, first_value_, values_.texts);
      default:
        return false;
    }
  }

  const BlockReader* block_ = nullptr;
  std::uint32_t group_ = 0;
  std::uint32_t leaf_ = 0;
  ValueKind kind_ = ValueKind::Int64;
  Shape shape_ = Shape::Required;

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

struct BlockReader::Readers {
  LeafReader leaf;
  LeafReader keys;  // of a map
  LeafReader values;
};

namespace {

ValueKind kind_of(ColumnType type) {
  switch (type) {
    case ColumnType::U8:
    case ColumnType::I8:
    case ColumnType::U16:
      return ValueKind::Int32;
    case ColumnType::U64:
    case ColumnType::I64:
      return ValueKind::Int64;
    case ColumnType::F64:
      return ValueKind::Double;
    default:
      return ValueKind::Text;
  }
}

// What is wanted of one page: runs of rows, counted within it.
struct PageRows {
  std::uint32_t page;
  std::vector<RowRange> ranges;

  [[nodiscard]] std::uint32_t first() const { return ranges.front().first; }
  [[nodiscard]] std::uint32_t end() const { return ranges.back().first + ranges.back().count; }
};

// `ranges` count within the row group.
std::vector<PageRows> split_by_page(std::span<const RowRange> ranges, std::uint32_t page_rows) {
  std::vector<PageRows> pages;
  for (RowRange range : ranges) {
    while (range.count > 0) {
      const std::uint32_t page = range.first / page_rows;
      const std::uint32_t count = std::min(range.count, (page + 1) * page_rows - range.first);
      if (pages.empty() || pages.back().page != page) pages.push_back({page, {}});
      pages.back().ranges.push_back({range.first % page_rows, count});
      range.first += count;
      range.count -= count;
    }
  }
  return pages;
}

}  // namespace

BlockReader::BlockReader(const TableSchema& schema, BlockInfo info, std::string data_path,
                         std::shared_ptr<const ReadableFile> data, std::shared_ptr<const BlockIndex> index)
    : schema_(schema),
      info_(std::move(info)),
      layout_(schema, info_.string_tags.size(), info_.number_tags.size()),
      data_path_(std::move(data_path)),
      data_(std::move(data)),
      index_(std::move(index)),
      leaf_verified_(index_->leaves()) {}

Result<std::shared_ptr<const BlockReader>> BlockReader::open(Files& files, const std::string& folder,
                                                             const TableSchema& schema, BlockInfo info) {
  std::string data_path = folder + "/" + block_data_name(info.id);
  VIZSLA_TRY(auto data, files.open(data_path));
  if (data->size() != info.data_bytes) {
    return fail(ErrorCode::Corrupt,
                fmt::format("{} has {} bytes, the manifest says {}", data_path, data->size(), info.data_bytes));
  }
  VIZSLA_TRY(auto index, BlockIndex::open(folder + "/" + block_index_name(info.id), info.index_bytes));
  std::shared_ptr<BlockReader> reader(
      new BlockReader(schema, std::move(info), std::move(data_path), std::move(data), std::move(index)));
  std::uint64_t leaves = 0;
  for (const ParquetColumn& column : reader->layout_.columns())
    leaves += column.type == ParquetType::StringMap || column.type == ParquetType::NumberMap ? 2 : 1;
  if (reader->index_->leaves() != leaves)
    return fail(ErrorCode::Corrupt, fmt::format("{}: its index has other columns", reader->data_path_));
  return std::shared_ptr<const BlockReader>(std::move(reader));
}

Result<std::span<const KeyRun>> BlockReader::find(std::uint64_t key) const {
  VIZSLA_TRY_VOID(index_->verify(info_.index_checksum));
  return index_->find(key);
}

Result<void> BlockReader::check_place(BlockIndex::Place place, Buffer& content, std::string_view what) const {
  if (place.bytes == 0 || place.offset + place.bytes > data_->size())
    return fail(ErrorCode::Corrupt, fmt::format("{}: the index points past its end", data_path_));
  content.resize(place.bytes);
  VIZSLA_TRY_VOID(data_->read_at(place.offset, content));
  if (static_cast<std::uint32_t>(hash64(content)) != place.check)
    return fail(ErrorCode::Corrupt,
                fmt::format("{}: the checksum of {} at byte {} differs", data_path_, what, place.offset));
  return {};
}

Result<void> BlockReader::verify_leaf(std::uint32_t leaf) const {
  if (leaf_verified_[leaf].load(std::memory_order_relaxed)) return {};
  Buffer content;
  for (std::uint32_t group = 0; group < index_->row_groups(); ++group) {
    if (const auto dictionary = index_->dictionary(group, leaf); dictionary.bytes > 0)
      VIZSLA_TRY_VOID(check_place(dictionary, content, "a dictionary"));
    const std::uint32_t pages = (index_->row_group(group).rows + index_->page_rows() - 1) / index_->page_rows();
    for (std::uint32_t page = 0; page < pages; ++page)
      VIZSLA_TRY_VOID(check_place(index_->page(group, leaf, page), content, "a page"));
  }
  leaf_verified_[leaf].store(true, std::memory_order_relaxed);
  return {};
}

Result<void> BlockReader::verify_for_scan(std::span<const std::uint32_t> schema_columns) const {
  VIZSLA_TRY_VOID(index_->verify(info_.index_checksum));
  if (!footer_verified_.load(std::memory_order_relaxed)) {
    Buffer footer;
    VIZSLA_TRY_VOID(check_place(index_->footer(data_->size()), footer, "the footer"));
    footer_verified_.store(true, std::memory_order_relaxed);
  }
  for (const std::uint32_t column : schema_columns) VIZSLA_TRY_VOID(verify_leaf(layout_.leaf_of(column)));
  return verify_leaf(layout_.sequence_leaf());
}

Result<void> BlockReader::read(std::span<const RowRange> ranges, const Projection& projection, std::size_t first_row,
                               RowSink& sink) const {
  VIZSLA_TRY_VOID(index_->verify(info_.index_checksum));
  // Buffers stay from lookup to lookup: fresh ones cost more in page faults than they hold.
  static thread_local Readers readers;
  std::vector<RowRange> in_group;
  std::size_t next_range = 0;
  std::uint32_t done_of_range = 0;  // rows of the range at next_range that lay in earlier groups
  std::uint32_t group_first = 0;
  for (std::uint32_t group = 0; group < index_->row_groups() && next_range < ranges.size(); ++group) {
    const std::uint32_t group_rows = index_->row_group(group).rows;
    const std::uint32_t group_end = group_first + group_rows;
    in_group.clear();
    std::size_t rows = 0;
    while (next_range < ranges.size() && ranges[next_range].first + done_of_range < group_end) {
      const RowRange range = ranges[next_range];
      const std::uint32_t begin = range.first + done_of_range;
      const std::uint32_t end = std::min(range.first + range.count, group_end);
      VIZSLA_CHECK(begin >= group_first);
      in_group.push_back({begin - group_first, end - begin});
      rows += end - begin;
      if (end == range.first + range.count) {
        ++next_range;
        done_of_range = 0;
      } else {
        done_of_range += end - begin;
        break;
      }
    }
    if (!in_group.empty()) VIZSLA_TRY_VOID(read_row_group(group, in_group, projection, first_row, sink, readers));
    first_row += rows;
    group_first = group_end;
  }
  VIZSLA_CHECK(next_range == ranges.size());
  return {};
}

Result<void> BlockReader::read_row_group(std::uint32_t group, std::span<const RowRange> ranges,
                                         const Projection& projection, std::size_t first_row, RowSink& sink,
                                         Readers& readers) const {
  auto& [leaf, keys, values] = readers;
  const std::vector<PageRows> pages = split_by_page(ranges, index_->page_rows());
  // Loads the pages of a leaf and gives visit(leaf, row in page, output row).
  const auto read_leaf = [&](LeafReader& reader, auto&& load_more, auto&& visit) -> Result<void> {
    std::size_t row = first_row;
    for (const PageRows& page : pages) {
      VIZSLA_TRY_VOID(reader.load_rows(page.page, page.first(), page.end()));
      VIZSLA_TRY_VOID(load_more(page));
      for (const RowRange range : page.ranges) {
        for (std::uint32_t i = range.first; i < range.first + range.count; ++i) VIZSLA_TRY_VOID(visit(i, row++));
      }
    }
    return {};
  };
  // A column of single values: give(leaf, value, row) for the rows that have one.
  const auto read_values = [&](std::uint32_t number, ValueKind kind, Shape shape, auto&& give) -> Result<void> {
    leaf.go_to(*this, group, number, kind, shape);
    return read_leaf(
        leaf, [](const PageRows&) -> Result<void> { return {}; },
        [&](std::uint32_t row_in_page, std::size_t row) -> Result<void> {
          const auto range = leaf.values_of(row_in_page);
          if (range.begin < range.end) give(leaf, range.begin, row);
          return {};
        });
  };
  // A map: give(key, values, value, row) for each entry.
  const auto read_map = [&](std::uint32_t number, ValueKind kind, auto&& give) -> Result<void> {
    keys.go_to(*this, group, number, ValueKind::Text, Shape::Map);
    values.go_to(*this, group, number + 1, kind, Shape::Map);
    return read_leaf(
        keys, [&](const PageRows& page) { return values.load_rows(page.page, page.first(), page.end()); },
        [&](std::uint32_t row_in_page, std::size_t row) -> Result<void> {
          const auto range = keys.values_of(row_in_page);
          const auto also = values.values_of(row_in_page);
          if (range.begin != also.begin || range.end != also.end)
            return fail(ErrorCode::Corrupt, fmt::format("{}: a map's keys and values differ in number", data_path_));
          for (std::size_t i = range.begin; i < range.end; ++i) give(keys.text(i), values, i, row);
          return {};
        });
  };

  VIZSLA_TRY_VOID(
      read_values(layout_.sequence_leaf(), ValueKind::Int64, Shape::Required,
                  [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.sequence(row, in.integer(i)); }));
  VIZSLA_TRY_VOID(read_values(layout_.received_leaf(), ValueKind::Int64, Shape::Required,
                              [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                sink.received(row, static_cast<UnixNanos>(in.integer(i)));
                              }));
  for (std::uint32_t c = 0; c < schema_.columns.size(); ++c) {
    if (!projection.columns[c]) continue;
    const ColumnType type = schema_.columns[c].type;
    const std::uint32_t number = layout_.leaf_of(c);
    const ValueKind kind = kind_of(type);
    if (type == ColumnType::StringMap) {
      for (std::size_t t = 0; t < info_.string_tags.size(); ++t) {
        if (!projection.wants_tag(info_.string_tags[t])) continue;
        VIZSLA_TRY_VOID(read_values(layout_.string_tag_leaf(t), ValueKind::Text, Shape::Optional,
                                    [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                      sink.text_tag(row, c, info_.string_tags[t], in.text(i));
                                    }));
      }
      VIZSLA_TRY_VOID(read_map(number, ValueKind::Text,
                               [&](std::string_view key, const LeafReader& in, std::size_t i, std::size_t row) {
                                 if (projection.wants_tag(key)) sink.text_tag(row, c, key, in.text(i));
                               }));
    } else if (type == ColumnType::NumberMap) {
      for (std::size_t t = 0; t < info_.number_tags.size(); ++t) {
        if (!projection.wants_tag(info_.number_tags[t])) continue;
        VIZSLA_TRY_VOID(read_values(layout_.number_tag_leaf(t), ValueKind::Double, Shape::Optional,
                                    [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                      sink.number_tag(row, c, info_.number_tags[t], in.real(i));
                                    }));
      }
      VIZSLA_TRY_VOID(read_map(number, ValueKind::Double,
                               [&](std::string_view key, const LeafReader& in, std::size_t i, std::size_t row) {
                                 if (projection.wants_tag(key)) sink.number_tag(row, c, key, in.real(i));
                               }));
    } else if (kind == ValueKind::Text) {
      VIZSLA_TRY_VOID(
          read_values(number, kind, Shape::Required,
                      [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.text(row, c, in.text(i)); }));
    } else if (kind == ValueKind::Double) {
      VIZSLA_TRY_VOID(
          read_values(number, kind, Shape::Required,
                      [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.real(row, c, in.real(i)); }));
    } else {
      VIZSLA_TRY_VOID(read_values(
          number, kind, Shape::Required,
          [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.integer(row, c, in.integer(i)); }));
    }
  }
  return {};
}

}  // namespace vizsla::store
