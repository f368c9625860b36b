#include "store/embedded/parquet_footer.h"

#include <limits>
#include <optional>

#include <fmt/format.h>

namespace vizsla::store {
namespace {

// Structs nest seven deep in a footer.
constexpr int kDepthMax = 16;

// Thrift's compact protocol, field by field. After a false nothing more may be read.
class Fields {
 public:
  explicit Fields(Bytes in) : in_(in) {}

  enum Type : std::uint8_t {
    True = 1,
    False = 2,
    Byte = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Struct = 12
  };

  // Calls visit(field, type) for each field of the struct that begins here; it must read the value, and gives false
  // when it couldn't.
  template <class Visit>
  [[nodiscard]] bool read_struct(Visit visit) {
    int field = 0;
    for (;;) {
      std::uint8_t head = 0;
      if (!byte(head)) return false;
      if (head == 0) return true;
      std::int64_t id = field + (head >> 4);
      if (head >> 4 == 0 && !integer(id)) return false;
      if (id <= field || id > std::numeric_limits<std::int16_t>::max()) return false;
      field = static_cast<int>(id);
      if (!visit(field, static_cast<std::uint8_t>(head & 0x0f))) return false;
    }
  }

  // The head of a list, whose elements follow.
  [[nodiscard]] bool list(std::uint64_t& size, std::uint8_t& type) {
    std::uint8_t head = 0;
    if (!byte(head)) return false;
    type = head & 0x0f;
    size = head >> 4;
    if (size == 15 && !varint(size)) return false;
    return size <= in_.size() - at_;  // an element has a byte at least
  }

  [[nodiscard]] bool integer(std::int64_t& value) {
    std::uint64_t bits = 0;
    if (!varint(bits)) return false;
    value = static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
    return true;
  }

  [[nodiscard]] bool skip(std::uint8_t type, int depth = 0) {
    if (depth > kDepthMax) return false;
    std::uint64_t size = 0;
    std::int64_t ignored = 0;
    std::uint8_t element = 0;
    switch (type) {
      case True:
      case False:
        return true;
      case Byte:
        return pass(1);
      case I16:
      case I32:
      case I64:
        return integer(ignored);
      case Double:
        return pass(8);
      case Binary:
        return varint(size) && pass(size);
      case List:
        if (!list(size, element)) return false;
        for (std::uint64_t i = 0; i < size; ++i) {
          if (element == True || element == False ? !pass(1) : !skip(element, depth + 1)) return false;
        }
        return true;
      case Struct:
        return read_struct([&](int, std::uint8_t inner) { return skip(inner, depth + 1); });
      default:
        return false;
    }
  }

 private:
  [[nodiscard]] bool byte(std::uint8_t& value) {
    if (at_ >= in_.size()) return false;
    value = in_[at_++];
    return true;
  }

  [[nodiscard]] bool varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      std::uint8_t b = 0;
      if (!byte(b)) return false;
      value |= std::uint64_t{b & 0x7fu} << shift;
      if (b < 0x80) return true;
    }
    return false;
  }

  [[nodiscard]] bool pass(std::uint64_t bytes) {
    if (bytes > in_.size() - at_) return false;
    at_ += bytes;
    return true;
  }

  Bytes in_;
  std::size_t at_ = 0;
};

// A non-negative integer field.
bool read_count(Fields& in, std::uint8_t type, std::uint64_t& value) {
  std::int64_t number = 0;
  if ((type != Fields::I32 && type != Fields::I64) || !in.integer(number) || number < 0) return false;
  value = static_cast<std::uint64_t>(number);
  return true;
}

// ColumnMetaData of parquet.thrift.
bool read_column(Fields& in, ParquetChunk& chunk) {
  std::optional<std::uint64_t> dictionary;
  std::optional<std::uint64_t> data;
  const bool whole = in.read_struct([&](int field, std::uint8_t type) {
    if (field == 7) return read_count(in, type, chunk.bytes);
    if (field == 9) return read_count(in, type, data.emplace());
    if (field == 11) return read_count(in, type, dictionary.emplace());
    return in.skip(type);
  });
  if (!whole || !data) return false;
  chunk.has_dictionary = dictionary.has_value();
  chunk.offset = dictionary.value_or(*data);
  return chunk.offset <= *data;
}

// The elements of a list of structs.
template <class Read>
bool read_structs(Fields& in, std::uint8_t type, Read read) {
  std::uint64_t size = 0;
  std::uint8_t element = 0;
  if (type != Fields::List || !in.list(size, element) || element != Fields::Struct) return false;
  for (std::uint64_t i = 0; i < size; ++i) {
    if (!read()) return false;
  }
  return true;
}

bool read_row_group(Fields& in, ParquetRowGroup& group) {
  std::uint64_t rows = 0;
  const bool whole = in.read_struct([&](int field, std::uint8_t type) {
    if (field == 3) return read_count(in, type, rows);
    if (field != 1) return in.skip(type);
    return read_structs(in, type, [&] {
      ParquetChunk chunk;
      bool known = false;
      const bool read = in.read_struct([&](int inner, std::uint8_t inner_type) {
        if (inner != 3) return in.skip(inner_type);
        known = inner_type == Fields::Struct && read_column(in, chunk);
        return known;
      });
      group.chunks.push_back(chunk);
      return read && known;
    });
  });
  group.rows = static_cast<std::uint32_t>(rows);
  return whole && rows <= std::numeric_limits<std::uint32_t>::max();
}

}  // namespace

Result<std::vector<ParquetRowGroup>> read_parquet_footer(Bytes footer, std::uint64_t data_bytes) {
  Fields in(footer);
  std::vector<ParquetRowGroup> groups;
  const bool whole = in.read_struct([&](int field, std::uint8_t type) {
    if (field != 4) return in.skip(type);
    return read_structs(in, type, [&] { return read_row_group(in, groups.emplace_back()); });
  });
  if (!whole) return fail(ErrorCode::Corrupt, "the footer doesn't parse");
  for (const ParquetRowGroup& group : groups) {
    for (const ParquetChunk& chunk : group.chunks) {
      if (chunk.offset > data_bytes || chunk.bytes > data_bytes - chunk.offset)
        return fail(ErrorCode::Corrupt,
                    fmt::format("the footer has a chunk at byte {}, behind the data", chunk.offset));
    }
  }
  return groups;
}

}  // namespace vizsla::store
