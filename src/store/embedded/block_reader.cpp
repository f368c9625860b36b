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
         header.values <= header.raw_bytes * 8 + std::int64_t{kPageRows} && header.nulls >= 0 &&
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

bool decode_plain(Bytes in, ValueKind kind, std::size_t count, Values& values) {
  const std::size_t width = kind == ValueKind::Int32 ? 4 : 8;
  if (kind != ValueKind::Text) {
    if (in.size() < count * width) return false;
    values.integers.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      values.integers[i] = kind == ValueKind::Int32
                               ? static_cast<std::uint64_t>(std::int64_t{load<std::int32_t>(in.data() + i * 4)})
                               : load<std::uint64_t>(in.data() + i * 8);
    }
    return true;
  }
  values.texts.resize(count);
  for (std::string_view& text : values.texts) {
    if (in.size() < 4) return false;
    const auto size = load<std::uint32_t>(in.data());
    in = in.subspan(4);
    if (in.size() < size) return false;
    text = as_text(in.first(size));
    in = in.subspan(size);
  }
  return true;
}

}  // namespace

// The pages of one leaf in one row group, decoded one at a time, the dictionary once.
class BlockReader::LeafReader {
 public:
  LeafReader(const BlockReader& block, std::uint32_t group, std::uint32_t leaf, ValueKind kind)
      : block_(block), group_(group), leaf_(leaf), kind_(kind) {}

  // Decodes page `number`. Afterwards value(i) is the i-th value that is there, and definition()/repetition() hold the
  // levels (empty for a column that has none).
  Result<void> load_page(std::uint32_t number, int levels) {
    VIZSLA_TRY_VOID(fetch(block_.index_->page(group_, leaf_, number)));
    PageHeader header;
    Bytes content;
    if (!parse_header(page_, header, content)) return damaged("a page header doesn't parse");
    const auto repetition_bytes = static_cast<std::size_t>(header.repetition_bytes);
    const auto definition_bytes = static_cast<std::size_t>(header.definition_bytes);
    repetition_.resize(levels > 1 ? static_cast<std::size_t>(header.values) : 0);
    definition_.resize(levels > 0 ? static_cast<std::size_t>(header.values) : 0);
    Bytes repetition = content.first(repetition_bytes);
    Bytes definition = content.subspan(repetition_bytes, definition_bytes);
    if (!decode_hybrid(repetition, 1, repetition_) || !decode_hybrid(definition, 1, definition_))
      return damaged("a page's levels don't parse");

    const Bytes stored = content.subspan(repetition_bytes + definition_bytes);
    const std::int64_t raw_bytes = header.raw_bytes - header.repetition_bytes - header.definition_bytes;
    const auto count = static_cast<std::size_t>(header.values - header.nulls);
    if (header.compressed) {
      if (!decompress(stored, raw_bytes, values_.bytes)) return damaged("a page doesn't decompress");
    } else {
      values_.bytes.assign(stored.begin(), stored.end());
    }
    indexes_.clear();
    by_index_ = header.encoding == kRleDictionary;
    if (by_index_) VIZSLA_TRY_VOID(load_dictionary());
    if (!decode(header.encoding, count)) return damaged("a page's values don't parse");
    count_ = count;
    return {};
  }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::span<const std::uint32_t> definition() const { return definition_; }
  [[nodiscard]] std::span<const std::uint32_t> repetition() const { return repetition_; }

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
                fmt::format("{}: {} (row group {}, leaf {})", block_.data_path_, what, group_, leaf_));
  }

  Result<void> fetch(BlockIndex::Place place) {
    if (place.bytes == 0 || place.offset + place.bytes > block_.data_->size())
      return damaged("the index points past its end");
    page_.resize(place.bytes);
    VIZSLA_TRY_VOID(block_.data_->read_at(place.offset, page_));
    if (static_cast<std::uint32_t>(hash64(page_)) != place.check) return damaged("a page's checksum differs");
    return {};
  }

  Result<void> load_dictionary() {
    if (dictionary_loaded_) return {};
    // The page at hand is in values_ and levels by now, so its buffer is free.
    VIZSLA_TRY_VOID(fetch(block_.index_->dictionary(group_, leaf_)));
    PageHeader header;
    Bytes content;
    if (!parse_header(page_, header, content)) return damaged("a dictionary's header doesn't parse");
    if (!decompress(content, header.raw_bytes, dictionary_.bytes)) return damaged("a dictionary doesn't decompress");
    dictionary_size_ = static_cast<std::uint32_t>(header.dictionary_values);
    if (!decode_plain(dictionary_.bytes, kind_, dictionary_size_, dictionary_))
      return damaged("a dictionary doesn't parse");
    dictionary_loaded_ = true;
    return {};
  }

  bool decode(std::int64_t encoding, std::size_t count) {
    Bytes in = values_.bytes;
    switch (encoding) {
      case kRleDictionary: {
        indexes_.resize(count);
        if (count == 0) return true;
        if (in.empty()) return false;
        const int width = in[0];
        in = in.subspan(1);
        if (!decode_hybrid(in, width, indexes_)) return false;
        return std::all_of(indexes_.begin(), indexes_.end(), [&](std::uint32_t i) { return i < dictionary_size_; });
      }
      case kPlain:
        return decode_plain(in, kind_, count, values_);
      case kDeltaBinaryPacked: {
        values_.integers.resize(count);
        return decode_delta(in, {reinterpret_cast<std::int64_t*>(values_.integers.data()), count});
      }
      case kDeltaLengthByteArray:
        values_.texts.resize(count);
        return decode_strings(in, values_.texts);
      default:
        return false;
    }
  }

  const BlockReader& block_;
  const std::uint32_t group_;
  const std::uint32_t leaf_;
  const ValueKind kind_;

  Buffer page_;
  Values values_;
  Values dictionary_;
  std::uint32_t dictionary_size_ = 0;
  bool dictionary_loaded_ = false;
  bool by_index_ = false;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> indexes_;
  std::vector<std::uint32_t> repetition_;
  std::vector<std::uint32_t> definition_;
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

// Calls visit(row in page, output row) for the rows of `ranges` page by page; load(page) comes before. Ranges count
// within the row group.
template <class Load, class Visit>
Result<void> for_each_row(std::span<const RowRange> ranges, std::size_t first_row, Load load, Visit visit) {
  std::uint32_t loaded = std::numeric_limits<std::uint32_t>::max();
  for (const RowRange range : ranges) {
    for (std::uint32_t row = range.first; row < range.first + range.count; ++row) {
      if (row / kPageRows != loaded) {
        loaded = row / kPageRows;
        VIZSLA_TRY_VOID(load(loaded));
      }
      visit(row % kPageRows, first_row++);
    }
  }
  return {};
}

}  // namespace

BlockReader::BlockReader(const TableSchema& schema, BlockInfo info, std::string data_path,
                         std::shared_ptr<const ReadableFile> data, std::shared_ptr<const BlockIndex> index)
    : schema_(schema),
      info_(std::move(info)),
      layout_(schema, info_.string_tags.size(), info_.number_tags.size()),
      data_path_(std::move(data_path)),
      data_(std::move(data)),
      index_(std::move(index)) {}

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

Result<void> BlockReader::read(std::span<const RowRange> ranges, const Projection& projection, std::size_t first_row,
                               RowSink& sink) const {
  VIZSLA_TRY_VOID(index_->verify(info_.index_checksum));
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
    if (!in_group.empty()) VIZSLA_TRY_VOID(read_row_group(group, in_group, projection, first_row, sink));
    first_row += rows;
    group_first = group_end;
  }
  VIZSLA_CHECK(next_range == ranges.size());
  return {};
}

Result<void> BlockReader::read_row_group(std::uint32_t group, std::span<const RowRange> ranges,
                                         const Projection& projection, std::size_t first_row, RowSink& sink) const {
  // A column with a value in each row.
  const auto read_plain = [&](std::uint32_t leaf, ValueKind kind, auto&& give) {
    LeafReader reader(*this, group, leaf, kind);
    return for_each_row(
        ranges, first_row, [&](std::uint32_t page) { return reader.load_page(page, 0); },
        [&](std::uint32_t row_in_page, std::size_t row) {
          if (row_in_page < reader.count()) give(reader, row_in_page, row);
        });
  };
  // A column that may be null: position[i] is where the value of row i lies.
  const auto read_optional = [&](std::uint32_t leaf, ValueKind kind, auto&& give) {
    LeafReader reader(*this, group, leaf, kind);
    std::vector<std::uint32_t> position;
    return for_each_row(
        ranges, first_row,
        [&](std::uint32_t page) -> Result<void> {
          VIZSLA_TRY_VOID(reader.load_page(page, 1));
          position.clear();
          std::uint32_t at = 0;
          for (const std::uint32_t defined : reader.definition()) {
            position.push_back(at);
            at += defined;
          }
          return {};
        },
        [&](std::uint32_t row_in_page, std::size_t row) {
          if (row_in_page < position.size() && reader.definition()[row_in_page] != 0 &&
              position[row_in_page] < reader.count())
            give(reader, position[row_in_page], row);
        });
  };
  // A map: the values of row i are [begin[i], begin[i + 1]) of both leaves.
  const auto read_map = [&](std::uint32_t leaf, ValueKind kind, auto&& give) {
    LeafReader keys(*this, group, leaf, ValueKind::Text);
    LeafReader values(*this, group, leaf + 1, kind);
    std::vector<std::uint32_t> begin;
    return for_each_row(
        ranges, first_row,
        [&](std::uint32_t page) -> Result<void> {
          VIZSLA_TRY_VOID(keys.load_page(page, 2));
          VIZSLA_TRY_VOID(values.load_page(page, 2));
          begin.clear();
          std::uint32_t at = 0;
          for (std::size_t i = 0; i < keys.definition().size(); ++i) {
            if (keys.repetition()[i] == 0) begin.push_back(at);
            at += keys.definition()[i];
          }
          begin.push_back(at);
          if (at > keys.count() || at > values.count())
            return fail(ErrorCode::Corrupt, fmt::format("{}: a map's keys and values differ in number", data_path_));
          return {};
        },
        [&](std::uint32_t row_in_page, std::size_t row) {
          if (row_in_page + 1 >= begin.size()) return;
          for (std::uint32_t i = begin[row_in_page]; i < begin[row_in_page + 1]; ++i)
            give(keys.text(i), values, i, row);
        });
  };

  VIZSLA_TRY_VOID(
      read_plain(layout_.sequence_leaf(), ValueKind::Int64,
                 [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.sequence(row, in.integer(i)); }));
  VIZSLA_TRY_VOID(
      read_plain(layout_.received_leaf(), ValueKind::Int64, [&](const LeafReader& in, std::size_t i, std::size_t row) {
        sink.received(row, static_cast<UnixNanos>(in.integer(i)));
      }));
  for (std::uint32_t c = 0; c < schema_.columns.size(); ++c) {
    if (!projection.columns[c]) continue;
    const ColumnType type = schema_.columns[c].type;
    const std::uint32_t leaf = layout_.leaf_of(c);
    const ValueKind kind = kind_of(type);
    if (type == ColumnType::StringMap) {
      for (std::size_t t = 0; t < info_.string_tags.size(); ++t) {
        if (!projection.wants_tag(info_.string_tags[t])) continue;
        VIZSLA_TRY_VOID(read_optional(layout_.string_tag_leaf(t), ValueKind::Text,
                                      [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                        sink.text_tag(row, c, info_.string_tags[t], in.text(i));
                                      }));
      }
      VIZSLA_TRY_VOID(read_map(leaf, ValueKind::Text,
                               [&](std::string_view key, const LeafReader& in, std::size_t i, std::size_t row) {
                                 if (projection.wants_tag(key)) sink.text_tag(row, c, key, in.text(i));
                               }));
    } else if (type == ColumnType::NumberMap) {
      for (std::size_t t = 0; t < info_.number_tags.size(); ++t) {
        if (!projection.wants_tag(info_.number_tags[t])) continue;
        VIZSLA_TRY_VOID(read_optional(layout_.number_tag_leaf(t), ValueKind::Double,
                                      [&](const LeafReader& in, std::size_t i, std::size_t row) {
                                        sink.number_tag(row, c, info_.number_tags[t], in.real(i));
                                      }));
      }
      VIZSLA_TRY_VOID(read_map(leaf, ValueKind::Double,
                               [&](std::string_view key, const LeafReader& in, std::size_t i, std::size_t row) {
                                 if (projection.wants_tag(key)) sink.number_tag(row, c, key, in.real(i));
                               }));
    } else if (kind == ValueKind::Text) {
      VIZSLA_TRY_VOID(read_plain(
          leaf, kind, [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.text(row, c, in.text(i)); }));
    } else if (kind == ValueKind::Double) {
      VIZSLA_TRY_VOID(read_plain(
          leaf, kind, [&](const LeafReader& in, std::size_t i, std::size_t row) { sink.real(row, c, in.real(i)); }));
    } else {
      VIZSLA_TRY_VOID(read_plain(leaf, kind, [&](const LeafReader& in, std::size_t i, std::size_t row) {
        sink.integer(row, c, in.integer(i));
      }));
    }
  }
  return {};
}

}  // namespace vizsla::store
