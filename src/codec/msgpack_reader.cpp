#include "codec/msgpack_reader.h"

#include <fmt/format.h>

namespace vizsla::codec {

MsgpackReader::Kind MsgpackReader::peek() const {
  if (at_ == end_) return Kind::End;
  const std::uint8_t b = *at_;
  if (b <= 0x7f || b >= 0xe0) return Kind::Int;
  if (b <= 0x8f) return Kind::Map;
  if (b <= 0x9f) return Kind::Array;
  if (b <= 0xbf) return Kind::String;
  switch (b) {
    case 0xc0:
      return Kind::Nil;
    case 0xc2:
    case 0xc3:
      return Kind::Bool;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return Kind::Bin;
    case 0xca:
    case 0xcb:
      return Kind::Float;
    case 0xd9:
    case 0xda:
    case 0xdb:
      return Kind::String;
    case 0xdc:
    case 0xdd:
      return Kind::Array;
    case 0xde:
    case 0xdf:
      return Kind::Map;
    default:
      break;
  }
  return b >= 0xcc && b <= 0xd3 ? Kind::Int : Kind::Ext;
}

Error MsgpackReader::error() const {
  return {ErrorCode::InvalidInput, fmt::format("expected {} at byte {}", failure_, failed_at_)};
}

std::uint32_t MsgpackReader::array_header() {
  std::uint32_t count = 0;
  if (left() == 0) {
    fail("an array");
  } else if ((*at_ & 0xf0u) == 0x90) {
    count = *at_++ & 0x0fu;
  } else if (*at_ == 0xdc) {
    count = number<std::uint16_t>();
  } else if (*at_ == 0xdd) {
    count = number<std::uint32_t>();
  } else if (!take_nil()) {
    fail("an array");
  }
  if (count > left()) {
    fail("fewer elements: the array is longer than the body");
    truncated_ = true;
    return 0;
  }
  return count;
}

std::uint32_t MsgpackReader::map_header() {
  std::uint32_t count = 0;
  if (left() == 0) {
    fail("a map");
  } else if ((*at_ & 0xf0u) == 0x80) {
    count = *at_++ & 0x0fu;
  } else if (*at_ == 0xde) {
    count = number<std::uint16_t>();
  } else if (*at_ == 0xdf) {
    count = number<std::uint32_t>();
  } else if (!take_nil()) {
    fail("a map");
  }
  if (count > left() / 2) {
    fail("fewer pairs: the map is longer than the body");
    truncated_ = true;
    return 0;
  }
  return count;
}

std::string_view MsgpackReader::long_string() {
  if (left() == 0) {
    fail("a string");
    return {};
  }
  switch (*at_) {
    case 0xd9:
    case 0xc4:
      return left() < 2 ? take(2, 0) : take(2, at_[1]);
    case 0xda:
    case 0xc5:
      return left() < 3 ? take(3, 0) : take(3, big_endian<std::uint16_t>(at_ + 1));
    case 0xdb:
    case 0xc6:
      return left() < 5 ? take(5, 0) : take(5, big_endian<std::uint32_t>(at_ + 1));
    case 0xc0:
      ++at_;
      return {};
    default:
      fail("a string");
      return {};
  }
}

bool MsgpackReader::take_integer(std::uint64_t& value, bool& negative) {
  if (left() == 0) return false;
  const std::uint8_t b = *at_;
  negative = false;
  std::int64_t wide = 0;
  if (b <= 0x7f) {
    value = b;
    ++at_;
    return true;
  }
  if (b >= 0xe0) {
    wide = static_cast<std::int8_t>(b);
    ++at_;
  } else {
    switch (b) {
      case 0xcc:
        value = number<std::uint8_t>();
        return true;
      case 0xcd:
        value = number<std::uint16_t>();
        return true;
      case 0xce:
        value = number<std::uint32_t>();
        return true;
      case 0xcf:
        value = number<std::uint64_t>();
        return true;
      case 0xd0:
        wide = static_cast<std::int8_t>(number<std::uint8_t>());
        break;
      case 0xd1:
        wide = static_cast<std::int16_t>(number<std::uint16_t>());
        break;
      case 0xd2:
        wide = static_cast<std::int32_t>(number<std::uint32_t>());
        break;
      case 0xd3:
        wide = static_cast<std::int64_t>(number<std::uint64_t>());
        break;
      default:
        return false;
    }
  }
  negative = wide < 0;
  value = static_cast<std::uint64_t>(wide);
  return true;
}

bool MsgpackReader::take_float(double& value) {
  if (left() == 0) return false;
  if (*at_ == 0xca) {
    value = std::bit_cast<float>(number<std::uint32_t>());
    return true;
  }
  if (*at_ == 0xcb) {
    value = std::bit_cast<double>(number<std::uint64_t>());
    return true;
  }
  return false;
}

std::uint64_t MsgpackReader::other_u64() {
  std::uint64_t value = 0;
  bool negative = false;
  if (take_integer(value, negative) || take_nil()) return value;
  double real = 0;
  if (take_float(real)) {
    if (real >= 0 && real < 18446744073709551616.0 && std::trunc(real) == real) return static_cast<std::uint64_t>(real);
    fail("a whole number");
    return 0;
  }
  fail("an integer");
  return 0;
}

std::int64_t MsgpackReader::i64() {
  std::uint64_t value = 0;
  bool negative = false;
  if (take_integer(value, negative)) {
    if (!negative && value > static_cast<std::uint64_t>(INT64_MAX)) {
      fail("an integer of 63 bits");
      return 0;
    }
    return static_cast<std::int64_t>(value);
  }
  if (take_nil()) return 0;
  double real = 0;
  if (take_float(real)) {
    if (real > -9223372036854775808.0 && real < 9223372036854775808.0 && std::trunc(real) == real)
      return static_cast<std::int64_t>(real);
    fail("a whole number");
    return 0;
  }
  fail("an integer");
  return 0;
}

std::int32_t MsgpackReader::i32() {
  const std::int64_t value = i64();
  if (value < INT32_MIN || value > INT32_MAX) {
    fail("an integer of 32 bits");
    return 0;
  }
  return static_cast<std::int32_t>(value);
}

std::uint32_t MsgpackReader::u32() {
  const std::uint64_t value = u64();
  if (value > UINT32_MAX) {
    fail("an unsigned integer of 32 bits");
    return 0;
  }
  return static_cast<std::uint32_t>(value);
}

double MsgpackReader::other_f64() {
  double real = 0;
  if (take_float(real)) return real;
  std::uint64_t value = 0;
  bool negative = false;
  if (take_integer(value, negative))
    return negative ? static_cast<double>(static_cast<std::int64_t>(value)) : static_cast<double>(value);
  if (!take_nil()) fail("a number");
  return 0;
}

bool MsgpackReader::boolean() {
  if (left() > 0 && (*at_ == 0xc2 || *at_ == 0xc3)) return *at_++ == 0xc3;
  if (!take_nil()) fail("true or false");
  return false;
}

void MsgpackReader::skip() {
  skip(0);
}

void MsgpackReader::skip(int depth) {
  if (depth > kDepthMax) {
    fail("less nesting");
    return;
  }
  switch (peek()) {
    case Kind::Nil:
      ++at_;
      return;
    case Kind::Bool:
      ++at_;
      return;
    case Kind::Int: {
      std::uint64_t value = 0;
      bool negative = false;
      take_integer(value, negative);
      return;
    }
    case Kind::Float: {
      double value = 0;
      take_float(value);
      return;
    }
    case Kind::String:
    case Kind::Bin:
      string();
      return;
    case Kind::Array:
      for (std::uint32_t n = array_header(); n > 0 && !failed(); --n) skip(depth + 1);
      return;
    case Kind::Map:
      for (std::uint32_t n = map_header(); n > 0 && !failed(); --n) {
        skip(depth + 1);
        skip(depth + 1);
      }
      return;
    case Kind::Ext: {
      // fixext 1..16 are 0xd4..0xd8, ext 8/16/32 0xc7..0xc9; a type byte follows the length. 0xc1 is never used.
      const std::uint8_t b = *at_;
      if (b >= 0xd4 && b <= 0xd8) {
        take(2, std::size_t{1} << (b - 0xd4));
      } else if (b == 0xc7) {
        take(3, left() < 2 ? 0 : at_[1]);
      } else if (b == 0xc8) {
        take(4, left() < 3 ? 0 : big_endian<std::uint16_t>(at_ + 1));
      } else if (b == 0xc9) {
        take(6, left() < 5 ? 0 : big_endian<std::uint32_t>(at_ + 1));
      } else {
        fail("msgpack");
      }
      return;
    }
    case Kind::End:
      fail("more bytes: the body ends inside a list");
      return;
  }
}

Bytes MsgpackReader::raw() {
  const std::uint8_t* from = at_;
  skip(0);
  return failed() ? Bytes{} : Bytes{from, static_cast<std::size_t>(at_ - from)};
}

}  // namespace vizsla::codec
