// The little of Thrift's compact protocol that Parquet's headers and footer need.
//
// Specification: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md. Fields must be written in rising order
// of their ids. One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "store/embedded/parquet_encoding.h"

namespace vizsla::store {

class ThriftWriter {
 public:
  explicit ThriftWriter(Buffer& out) : out_(out) {}

  void boolean(int field, bool value) { header(field, value ? kTrue : kFalse); }

  void i8(int field, std::int8_t value) {
    header(field, kByte);
    out_.push_back(static_cast<std::uint8_t>(value));
  }

  void i32(int field, std::int32_t value) {
    header(field, kI32);
    integer(value);
  }

  void i64(int field, std::int64_t value) {
    header(field, kI64);
    integer(value);
  }

  void binary(int field, std::string_view value) {
    header(field, kBinary);
    text(value);
  }

  void begin_struct(int field) {
    header(field, kStruct);
    last_fields_.push_back(0);
  }

  // Ends the innermost struct; at the outermost level, the document.
  void end_struct() {
    out_.push_back(0);
    last_fields_.pop_back();
  }

  void begin_list_of_structs(int field, std::size_t size) { begin_list(field, size, kStruct); }
  void begin_list_of_i32(int field, std::size_t size) { begin_list(field, size, kI32); }
  void begin_list_of_binaries(int field, std::size_t size) { begin_list(field, size, kBinary); }

  void element_i32(std::int32_t value) { integer(value); }
  void element_binary(std::string_view value) { text(value); }
  void begin_element_struct() { last_fields_.push_back(0); }

 private:
  static constexpr std::uint8_t kTrue = 1;
  static constexpr std::uint8_t kFalse = 2;
  static constexpr std::uint8_t kByte = 3;
  static constexpr std::uint8_t kI32 = 5;
  static constexpr std::uint8_t kI64 = 6;
  static constexpr std::uint8_t kBinary = 8;
  static constexpr std::uint8_t kList = 9;
  static constexpr std::uint8_t kStruct = 12;

  void header(int field, std::uint8_t type) {
    const int step = field - last_fields_.back();
    if (step > 0 && step < 16) {
      out_.push_back(static_cast<std::uint8_t>(step << 4 | type));
    } else {
      out_.push_back(type);
      integer(field);
    }
    last_fields_.back() = field;
  }

  void integer(std::int64_t value) {
    put_varint(out_, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }

  void text(std::string_view value) {
    put_varint(out_, value.size());
    out_.insert(out_.end(), value.begin(), value.end());
  }

  void begin_list(int field, std::size_t size, std::uint8_t type) {
    header(field, kList);
    if (size < 15) {
      out_.push_back(static_cast<std::uint8_t>(size << 4 | type));
    } else {
      out_.push_back(0xf0 | type);
      put_varint(out_, size);
    }
  }

  Buffer& out_;
  std::vector<int> last_fields_{0};
};

// Reads a struct's integers, wherever they are nested: enough for a page header, and for nothing else.
//
// visit(path, value) is called with the field ids from the outermost struct inwards (path 5, 1 is field 1 of the struct
// in field 5) for integers and booleans; everything else is passed over.
class ThriftReader {
 public:
  explicit ThriftReader(Bytes in) : in_(in) {}

  template <class Visit>
  [[nodiscard]] bool read_struct(Visit&& visit) {
    return read_fields(0, 0, visit);
  }

  // What was read, counted from the beginning.
  [[nodiscard]] std::size_t consumed() const { return at_; }

 private:
  // `outer` is 0 at the outermost level, else the id of the struct's field there. Page headers nest two deep.
  template <class Visit>
  bool read_fields(int outer, int depth, Visit& visit) {
    if (depth > 4) return false;
    int field = 0;
    for (;;) {
      std::uint8_t head = 0;
      if (!byte(head)) return false;
      if (head == 0) return true;
      if (head >> 4 == 0) {
        std::int64_t id = 0;
        if (!integer(id)) return false;
        field = static_cast<int>(id);
      } else {
        field += head >> 4;
      }
      std::int64_t value = 0;
      switch (head & 0x0f) {
        case 1:
          visit(outer, field, std::int64_t{1});
          break;
        case 2:
          visit(outer, field, std::int64_t{0});
          break;
        case 3: {
          std::uint8_t small = 0;
          if (!byte(small)) return false;
          visit(outer, field, std::int64_t{static_cast<std::int8_t>(small)});
          break;
        }
        case 4:
        case 5:
        case 6:
          if (!integer(value)) return false;
          visit(outer, field, value);
          break;
        case 8: {
          std::uint64_t size = 0;
          if (!varint(size) || size > in_.size() - at_) return false;
          at_ += size;
          break;
        }
        case 12:
          if (!read_fields(field, depth + 1, visit)) return false;
          break;
        default:
          return false;
      }
    }
  }

  bool byte(std::uint8_t& value) {
    if (at_ >= in_.size()) return false;
    value = in_[at_++];
    return true;
  }

  bool varint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      std::uint8_t b = 0;
      if (!byte(b)) return false;
      if (shift < 64) value |= std::uint64_t{b & 0x7fu} << shift;
      if (b < 0x80) return true;
    }
    return false;
  }

  bool integer(std::int64_t& value) {
    std::uint64_t bits = 0;
    if (!varint(bits)) return false;
    value = static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
    return true;
  }

  Bytes in_;
  std::size_t at_ = 0;
};

}  // namespace vizsla::store
