#include "store/embedded/table_batch.h"

#include <cstring>

#include <fmt/format.h>

#include "base/check.h"

namespace vizsla::store {
namespace {

constexpr std::size_t kAlignment = 8;

std::size_t padded(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

struct SectionHeader {
  std::uint32_t table_id;
  std::uint32_t schema_version;
  std::uint64_t section_bytes;  // this header included
  std::uint32_t rows;
  std::uint32_t strings;
  std::uint64_t string_bytes;
};
static_assert(sizeof(SectionHeader) == 32);

// Hands out the parts of a section one after the other; once something doesn't fit, nothing does.
class SectionCursor {
 public:
  explicit SectionCursor(Bytes section) : left_(section) {}

  const std::uint8_t* take(std::uint64_t size) {
    if (!fits_ || size > left_.size() || padded(size) > left_.size()) {
      fits_ = false;
      return nullptr;
    }
    const std::uint8_t* at = left_.data();
    left_ = left_.subspan(padded(size));
    return at;
  }

  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] bool empty() const { return left_.empty(); }

 private:
  Bytes left_;
  bool fits_ = true;
};

template <class T>
std::span<const T> as_span(const std::uint8_t* from, std::size_t count) {
  return {reinterpret_cast<const T*>(from), count};
}

bool all_below(std::span<const std::uint32_t> codes, std::uint32_t limit) {
  std::uint32_t highest = 0;
  for (const std::uint32_t code : codes) highest = std::max(highest, code);
  return codes.empty() || highest < limit;
}

bool rises_to(std::span<const std::uint32_t> ends, std::uint32_t last) {
  std::uint32_t previous = 0;
  for (const std::uint32_t end : ends) {
    if (end < previous) return false;
    previous = end;
  }
  return previous == last;
}

}  // namespace

Result<std::vector<SectionPlace>> find_sections(Bytes body) {
  std::vector<SectionPlace> sections;
  while (!body.empty()) {
    if (body.size() < sizeof(SectionHeader)) return fail(ErrorCode::Corrupt, "a section is shorter than its header");
    const auto header = load<SectionHeader>(body.data());
    if (header.section_bytes < sizeof(SectionHeader) || header.section_bytes > body.size() ||
        header.section_bytes % kAlignment != 0)
      return fail(ErrorCode::Corrupt, fmt::format("the length of a section of table {} is off", header.table_id));
    sections.push_back({header.table_id, body.first(header.section_bytes)});
    body = body.subspan(header.section_bytes);
  }
  return sections;
}

Result<TableBatch> TableBatch::parse(const TableSchema& schema, Bytes section, std::uint64_t sequence,
                                     UnixNanos received_ns, std::shared_ptr<const void> owner) {
  const auto corrupt = [&](std::string_view what) {
    return fail(ErrorCode::Corrupt, fmt::format("section of table {}: {}", schema.name, what));
  };
  if (section.size() < sizeof(SectionHeader)) return corrupt("shorter than its header");
  const auto header = load<SectionHeader>(section.data());
  if (header.table_id != schema.id) return corrupt("belongs to another table");
  if (header.schema_version != schema.version) {
    return fail(ErrorCode::Unsupported, fmt::format("section of table {}: written in version {}, this program reads {}",
                                                    schema.name, header.schema_version, schema.version));
  }
  if (header.section_bytes != section.size()) return corrupt("its length is off");

  TableBatch batch;
  batch.schema_ = &schema;
  batch.rows_ = header.rows;
  batch.sequence_ = sequence;
  batch.received_ns_ = received_ns;
  batch.bytes_ = section.size();
  batch.owner_ = std::move(owner);

  SectionCursor cursor(section.subspan(sizeof(SectionHeader)));
  const std::uint8_t* offsets = cursor.take((std::uint64_t{header.strings} + 1) * sizeof(std::uint32_t));
  batch.string_bytes_ = reinterpret_cast<const char*>(cursor.take(header.string_bytes));
  if (!cursor.fits()) return corrupt("its strings are longer than it is");
  batch.string_offsets_ = as_span<std::uint32_t>(offsets, std::size_t{header.strings} + 1);
  if (header.strings == 0 || batch.string_offsets_[0] != 0 || batch.string_offsets_.back() != header.string_bytes ||
      !rises_to(batch.string_offsets_, static_cast<std::uint32_t>(header.string_bytes)))
    return corrupt("its strings don't add up");

  batch.columns_.reserve(schema.columns.size());
  for (const Column& column : schema.columns) {
    ColumnPlace place;
    if (is_map(column.type)) {
      const std::uint8_t* entries = cursor.take(sizeof(std::uint64_t));
      const auto count = entries == nullptr ? 0 : load<std::uint64_t>(entries);
      if (count > section.size()) return corrupt("a map is longer than it is");
      place.map_entries = static_cast<std::uint32_t>(count);
    }
    place.values = cursor.take(std::uint64_t{header.rows} * width_of(column.type));
    if (is_map(column.type)) {
      place.map_keys = cursor.take(std::uint64_t{place.map_entries} * sizeof(std::uint32_t));
      place.map_values = cursor.take(std::uint64_t{place.map_entries} * (column.type == ColumnType::StringMap ? 4 : 8));
    }
    if (!cursor.fits()) return corrupt(fmt::format("column {} is longer than it is", column.name));
    if (is_string(column.type) && !all_below(as_span<std::uint32_t>(place.values, header.rows), header.strings))
      return corrupt(fmt::format("column {} points past its strings", column.name));
    if (is_map(column.type)) {
      const auto keys = as_span<std::uint32_t>(place.map_keys, place.map_entries);
      const bool sound = rises_to(as_span<std::uint32_t>(place.values, header.rows), place.map_entries) &&
                         all_below(keys, header.strings) &&
                         (column.type == ColumnType::NumberMap ||
                          all_below(as_span<std::uint32_t>(place.map_values, place.map_entries), header.strings));
      if (!sound) return corrupt(fmt::format("column {} doesn't add up", column.name));
    }
    batch.columns_.push_back(place);
  }
  if (!cursor.empty()) return corrupt("there is more behind its last column");
  return batch;
}

TableBatchWriter::TableBatchWriter(const TableSchema& schema, std::uint32_t rows, Buffer& out)
    : schema_(schema), rows_(rows), out_(out), begin_(out.size()) {
  VIZSLA_CHECK(begin_ % kAlignment == 0);
  out_.resize(begin_ + sizeof(SectionHeader));
}

void TableBatchWriter::strings(std::span<const std::uint32_t> offsets, std::span<const char> bytes) {
  const SectionHeader header{schema_.id,  schema_.version, 0, rows_, static_cast<std::uint32_t>(offsets.size() - 1),
                             bytes.size()};
  write_at(out_.data() + begin_, header);
  append(offsets.data(), offsets.size_bytes());
  append(bytes.data(), bytes.size());
}

void TableBatchWriter::begin_column(std::size_t values, std::size_t width) {
  VIZSLA_CHECK(columns_written_ < schema_.columns.size());
  VIZSLA_CHECK(values == rows_);
  VIZSLA_CHECK(width == width_of(schema_.columns[columns_written_].type));
  ++columns_written_;
}

void TableBatchWriter::append(const void* from, std::size_t size) {
  const std::size_t at = out_.size();
  out_.resize(at + padded(size));
  if (size > 0) std::memcpy(out_.data() + at, from, size);
  std::memset(out_.data() + at + size, 0, padded(size) - size);
}

void TableBatchWriter::finish() {
  VIZSLA_CHECK(columns_written_ == schema_.columns.size());
  auto header = load<SectionHeader>(out_.data() + begin_);
  header.section_bytes = out_.size() - begin_;
  write_at(out_.data() + begin_, header);
}

}  // namespace vizsla::store
