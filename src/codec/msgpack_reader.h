// Reads msgpack from memory, one item at a time, checking every length against what is left.
//
// The first failure sticks: from then on everything reads as nothing (0, "", no elements), so a decoder's loops run out
// by themselves and it asks failed() once at the end, instead of testing each of a hundred calls. The message is made
// only then. Nothing is allocated or copied: strings are views into the body.
//
// Specification: github.com/msgpack/msgpack/blob/master/spec.md. What is accepted for which type goes beyond it, by
// agent-protocol §2.7: tracers disagree, and being stricter than the Agent makes them resend for ever.
//
// One thread at a time.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace vizsla::codec {

class MsgpackReader {
 public:
  explicit MsgpackReader(Bytes body) : begin_(body.data()), at_(body.data()), end_(body.data() + body.size()) {}

  enum class Kind : std::uint8_t { Nil, Bool, Int, Float, String, Bin, Array, Map, Ext, End };

  // What comes next, without taking it. End when nothing is left or something has failed.
  [[nodiscard]] Kind peek() const;

  [[nodiscard]] bool failed() const { return failure_ != nullptr; }
  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  // The Error for what failed first: what was expected, and at which byte. Only after failed().
  [[nodiscard]] Error error() const;

  // Fails for a reason of the caller's, who sees more than msgpack. `what` must be a literal.
  void fail(const char* what) {
    if (failure_ == nullptr) {
      failure_ = what;
      failed_at_ = offset();
      truncated_ = at_ == end_;
    }
    at_ = end_;
  }

  // True when the body ended in the middle of something, rather than saying something wrong.
  [[nodiscard]] bool truncated() const { return truncated_; }

  // Takes a nil if one comes next.
  bool take_nil() {
    if (at_ != end_ && *at_ == 0xc0) {
      ++at_;
      return true;
    }
    return false;
  }

  // True when a str or a bin comes next.
  [[nodiscard]] bool at_string() const {
    if (at_ == end_) return false;
    const std::uint8_t b = *at_;
    return (b >= 0xa0 && b <= 0xbf) || (b >= 0xd9 && b <= 0xdb) || (b >= 0xc4 && b <= 0xc6);
  }

  // Numbers of elements (of a map: of pairs); nil is none. Each element has at least one byte (each pair two), so a
  // header that promises more than is left fails before anything is done about it.
  std::uint32_t array_header();
  std::uint32_t map_header();

  // str or bin; nil is "".
  std::string_view string() {
    if (left() > 0 && *at_ >= 0xa0 && *at_ <= 0xbf) [[likely]]
      return take(1, *at_ & 0x1fu);
    return long_string();
  }

  // Integers in any encoding, negative ones wrap; nil is 0; floats only when they are whole.
  std::uint64_t u64() {
    if (left() >= 9 && *at_ == 0xcf) [[likely]] {
      const auto value = big_endian<std::uint64_t>(at_ + 1);
      at_ += 9;
      return value;
    }
    return other_u64();
  }

  // As u64(), and quicker for what fits into 7 or 16 bits: keys, types, indexes.
  std::uint64_t small() {
    if (at_ != end_ && *at_ <= 0x7f) [[likely]]
      return *at_++;
    if (left() >= 3 && *at_ == 0xcd) {
      const auto value = big_endian<std::uint16_t>(at_ + 1);
      at_ += 3;
      return value;
    }
    return other_u64();
  }

  // As u64(), but what doesn't fit fails.
  std::int64_t i64();
  std::int32_t i32();
  std::uint32_t u32();

  // Any number; nil is 0. Strings and the rest fail.
  double f64() {
    if (left() >= 9 && *at_ == 0xcb) [[likely]] {
      const auto bits = big_endian<std::uint64_t>(at_ + 1);
      at_ += 9;
      return std::bit_cast<double>(bits);
    }
    return other_f64();
  }

  bool boolean();

  // A flag that some write as an integer, some as a boolean; nil is false.
  bool flag() {
    const Kind kind = peek();
    return kind == Kind::Bool ? boolean() : i64() != 0;
  }

  // Passes over one item, whatever it is. Nesting deeper than kDepthMax fails.
  void skip();

  // Like skip(), and gives the bytes passed over.
  Bytes raw();

  static constexpr int kDepthMax = 64;  // real payloads have 6 levels

 private:
  template <class T>
  static T big_endian(const std::uint8_t* from) {
    T value = load<T>(from);
    if constexpr (sizeof(T) == 2) value = static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    if constexpr (sizeof(T) == 4) value = static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    if constexpr (sizeof(T) == 8) value = static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
    return value;
  }

  // `header` bytes, then `size` bytes, which are given.
  std::string_view take(std::size_t header, std::size_t size) {
    if (left() - header < size || left() < header) [[unlikely]] {
      at_ = end_;
      fail("more bytes: the body ends inside a string");
      return {};
    }
    const auto* text = reinterpret_cast<const char*>(at_ + header);
    at_ += header + size;
    return {text, size};
  }

  // The unsigned big-endian number of `T` behind the type byte; 0 after failing when it isn't all there.
  template <class T>
  T number() {
    if (left() < 1 + sizeof(T)) {
      at_ = end_;
      fail("more bytes: the body ends inside a number");
      return 0;
    }
    const T value = big_endian<T>(at_ + 1);
    at_ += 1 + sizeof(T);
    return value;
  }

  std::string_view long_string();
  std::uint64_t other_u64();
  double other_f64();
  // Any integer encoding; false (and nothing taken) when something else comes next. Negative: sign-extended.
  bool take_integer(std::uint64_t& value, bool& negative);
  bool take_float(double& value);
  void skip(int depth);

  const std::uint8_t* begin_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  const char* failure_ = nullptr;
  std::size_t failed_at_ = 0;
  bool truncated_ = false;
};

}  // namespace vizsla::codec
