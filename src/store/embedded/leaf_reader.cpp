#include "store/embedded/leaf_reader.h"

#include <algorithm>

#include <fmt/format.h>
#include <zstd.h>

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

bool decompress(Bytes stored, std::int64_t raw_bytes, Buffer& out) {
  static thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                         &ZSTD_freeDCtx);
  out.resize(static_cast<std::size_t>(raw_bytes));
  const std::size_t size = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), stored.data(), stored.size());
  return ZSTD_isError(size) == 0 && size == out.size();
}

}  // namespace

Result<void> BlockPages::read(BlockIndex::Place place, Buffer& content, std::string_view what) const {
  if (place.bytes == 0 || place.offset + place.bytes > data_->size())
    return fail(ErrorCode::Corrupt, fmt::format("{}: the index points past its end", *path_));
  content.resize(place.bytes);
  VIZSLA_TRY_VOID(data_->read_at(place.offset, content));
  if (static_cast<std::uint32_t>(hash64(content)) != place.check)
    return fail(ErrorCode::Corrupt,
                fmt::format("{}: the checksum of {} at byte {} differs", *path_, what, place.offset));
  return {};
}

LeafValue leaf_value_of(ColumnType type) {
  switch (type) {
    case ColumnType::U8:
    case ColumnType::I8:
    case ColumnType::U16:
      return LeafValue::Int32;
    case ColumnType::U64:
    case ColumnType::I64:
      return LeafValue::Int64;
    case ColumnType::F64:
      return LeafValue::Double;
    default:
      return LeafValue::Text;
  }
}

struct LeafReader::PageHeader {
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

bool LeafReader::parse_header(Bytes page, PageHeader& header, Bytes& content) {
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

// Values [skip, skip + count).
bool LeafReader::decode_plain(Bytes in, LeafValue kind, std::size_t skip, std::size_t count, Values& values) {
  const std::size_t width = kind == LeafValue::Int32 ? 4 : 8;
  if (kind != LeafValue::Text) {
    if (in.size() / width < skip + count) return false;
    values.integers.resize(count);
    in = in.subspan(skip * width);
    for (std::size_t i = 0; i < count; ++i) {
      values.integers[i] = kind == LeafValue::Int32
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

void LeafReader::go_to(const BlockPages& pages, std::uint32_t row_group, std::uint32_t leaf, LeafValue value,
                       LeafShape shape) {
  pages_ = &pages;
  group_ = row_group;
  leaf_ = leaf;
  kind_ = value;
  shape_ = shape;
  dictionary_loaded_ = false;
}

Result<void> LeafReader::load_rows(std::uint32_t number, std::uint32_t first, std::uint32_t end) {
  const BlockIndex::Place place = pages_->index().page(group_, leaf_, number);
  if (place.empty && shape_ != LeafShape::Required) {
    by_index_ = false;
    count_ = first_value_ = next_value_ = 0;
    definition_.clear();
    definition_.append_run(false, end);
    repetition_.clear();
    if (shape_ == LeafShape::Map) repetition_.append_run(false, end);
    next_row_ = first;
    next_level_ = first;
    return {};
  }
  VIZSLA_TRY_VOID(pages_->read(place, page_, "a page"));
  PageHeader header;
  Bytes content;
  if (!parse_header(page_, header, content)) return damaged("a page header doesn't parse");
  const auto levels = static_cast<std::size_t>(header.values);
  const auto repetition_bytes = static_cast<std::size_t>(header.repetition_bytes);
  const auto definition_bytes = static_cast<std::size_t>(header.definition_bytes);
  if (!decode_bits(content.first(repetition_bytes), shape_ == LeafShape::Map ? levels : 0, repetition_) ||
      !decode_bits(content.subspan(repetition_bytes, definition_bytes), shape_ == LeafShape::Required ? 0 : levels,
                   definition_))
    return damaged("a page's levels don't parse");

  // From rows to levels, of which a map has as many as entries, and from levels to the values that are there.
  std::size_t level_begin = first;
  std::size_t level_end = end;
  if (shape_ == LeafShape::Map) {
    level_begin = repetition_.find_zero(0, first);
    level_end = repetition_.find_zero(level_begin, end - first);
  }
  if (level_begin > level_end || level_end > levels || (shape_ == LeafShape::Map && level_begin == levels))
    return damaged("a page has fewer rows than the index says");
  const auto all = static_cast<std::size_t>(header.values - header.nulls);
  if (shape_ == LeafShape::Required) {
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

Result<std::uint32_t> LeafReader::count_values(std::uint32_t number) {
  const BlockIndex::Place place = pages_->index().page(group_, leaf_, number);
  if (place.empty) return 0;
  VIZSLA_TRY_VOID(pages_->read(place, page_, "a page"));
  PageHeader header;
  Bytes content;
  if (!parse_header(page_, header, content)) return damaged("a page header doesn't parse");
  return static_cast<std::uint32_t>(header.values - header.nulls);
}

Result<std::optional<std::uint32_t>> LeafReader::find_in_dictionary(std::string_view text) {
  VIZSLA_TRY_VOID(load_dictionary());
  const auto at = std::find(dictionary_.texts.begin(), dictionary_.texts.begin() + dictionary_size_, text);
  if (at == dictionary_.texts.begin() + dictionary_size_) return std::nullopt;
  return static_cast<std::uint32_t>(at - dictionary_.texts.begin());
}

LeafReader::Range LeafReader::values_of(std::uint32_t row) {
  if (shape_ == LeafShape::Required) {
    const std::size_t value = next_value_ + (row - next_row_);
    return {value, value + 1};
  }
  const std::size_t from =
      shape_ == LeafShape::Map ? repetition_.find_zero(next_level_, row - next_row_) : next_level_ + (row - next_row_);
  const std::size_t to = shape_ == LeafShape::Map ? repetition_.find_zero(from, 1) : from + 1;
  const std::size_t begin = next_value_ + definition_.ones(next_level_, from);
  const std::size_t end = begin + definition_.ones(from, to);
  next_row_ = row + 1;
  next_level_ = to;
  next_value_ = end;
  return {begin, end};
}

tl::unexpected<Error> LeafReader::damaged(std::string_view what) const {
  return fail(ErrorCode::Corrupt, fmt::format("{}: {} (row group {}, leaf {})", pages_->path(), what, group_, leaf_));
}

Result<void> LeafReader::load_dictionary() {
  if (dictionary_loaded_) return {};
  // Of the page at hand only the indexes are needed, and they are decoded: its buffer is free.
  VIZSLA_TRY_VOID(pages_->read(pages_->index().dictionary(group_, leaf_), page_, "a dictionary"));
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

bool LeafReader::decode(Bytes in, std::int64_t encoding, std::size_t all) {
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

}  // namespace vizsla::store
