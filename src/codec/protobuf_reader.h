// Reads protobuf messages from memory, one field at a time, checking every length against what is left.
//
// No schema and no generated code: a decoder says what to do with each field number, and what it doesn't take is passed
// over, groups included.
//
//   in.message([&](std::uint32_t field) {
//     switch (field) {
//       case 1: span.service = out.text(in.bytes()); return;
//       case 4: span.trace_id = in.integer(); return;
//     }
//   });
//
// As in MsgpackReader the first failure sticks: from then on everything reads as nothing and every loop ends, so that a
// decoder asks failed() once. Nothing is allocated or copied: bytes() are views into the body. Copies of a reader read
// on by themselves from the same place.
//
// Encoding: protobuf.dev/programming-guides/encoding. One thread at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace vizsla::codec {

class ProtobufReader {
 public:
  explicit ProtobufReader(Bytes body)
      : begin_(body.data()), at_(body.data()), end_(body.data() + body.size()), body_end_(end_) {}

  [[nodiscard]] bool failed() const { return failure_ != nullptr; }
  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

  // The Error for what failed first: what was expected, and at which byte. Only after failed().
  [[nodiscard]] Error error() const;

  // True when the body ended in the middle of something, rather than saying something wrong.
  [[nodiscard]] bool truncated() const { return truncated_; }

  // Fails for a reason of the caller's. `what` must be a literal.
  void fail(const char* what) {
    if (failure_ == nullptr) {
      failure_ = what;
      failed_at_ = offset();
    }
    at_ = end_ = body_end_;
  }

  // Calls on_field(number) for each field of the body, in its order. on_field takes the value with one of the calls
  // below, or leaves it.
  template <class OnField>
  void body(OnField&& on_field) {
    fields(on_field);
  }

  // The field at hand is a message: calls on_field(number) for each of its fields.
  template <class OnField>
  void message(OnField&& on_field) {
    const std::size_t size = take_length();
    if (failed()) return;
    if (++depth_ > kDepthMax) {
      fail("less nesting");
      return;
    }
    const std::uint8_t* outer_end = end_;
    end_ = at_ + size;
    fields(on_field);
    if (!failed()) end_ = outer_end;
    --depth_;
    type_ = kTaken;
  }

  // An integer of any type: varint, fixed64, fixed32. Senders that write int64 give two's complement.
  std::uint64_t integer() {
    if (type_ == kVarint) [[likely]] {
      type_ = kTaken;
      return varint();
    }
    return fixed_integer();
  }

  bool boolean() { return integer() != 0; }

  // A double or a float.
  double real();

  // Whether the field at hand is a string, bytes, a message, or packed numbers: bytes() or message() will take it.
  [[nodiscard]] bool has_length() const { return type_ == kLength; }

  // A string, or bytes, or a message unread.
  std::string_view bytes() {
    const std::size_t size = take_length();
    const auto* text = reinterpret_cast<const char*>(at_);
    at_ += size;
    return {text, size};
  }

  static constexpr int kDepthMax = 64;  // real payloads have 7 levels

 private:
  // Wire types, and that the value has been read.
  static constexpr std::uint8_t kVarint = 0;
  static constexpr std::uint8_t kFixed64 = 1;
  static constexpr std::uint8_t kLength = 2;
  static constexpr std::uint8_t kGroupStart = 3;
  static constexpr std::uint8_t kGroupEnd = 4;
  static constexpr std::uint8_t kFixed32 = 5;
  static constexpr std::uint8_t kTaken = 8;

  template <class OnField>
  void fields(OnField& on_field) {
    while (at_ != end_) {
      const std::uint32_t field = tag();
      if (failed()) return;
      on_field(field);
      if (type_ != kTaken) skip();
    }
  }

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  // Reads the tag of the next field: its wire type goes to type_, its number is given.
  std::uint32_t tag() {
    const std::uint64_t value = varint();
    type_ = value & 7u;
    number_ = static_cast<std::uint32_t>(value >> 3);
    if (value < 8 || value > UINT32_MAX || type_ > kFixed32) [[unlikely]]
      fail("a field of protobuf");
    return number_;
  }

  std::uint64_t varint() {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    return long_varint();
  }

  // The length of a length-delimited field, which fits into what is left; the bytes come next.
  std::size_t take_length() {
    if (type_ != kLength) [[unlikely]] {
      fail("a field with a length");
      return 0;
    }
    type_ = kTaken;
    const std::uint64_t size = varint();
    if (size > left()) [[unlikely]] {
      fail_short("more bytes: a field is longer than what is around it");
      return 0;
    }
    return static_cast<std::size_t>(size);
  }

  // What is around the field at hand is too short for it. Messages fit into what is around them, so when there is no
  // message around, the body has been cut.
  void fail_short(const char* what) {
    if (failure_ == nullptr) truncated_ = depth_ == 0;
    fail(what);
  }

  template <class T>
  T fixed() {
    if (left() < sizeof(T)) {
      fail_short("more bytes: the body ends inside a number");
      return 0;
    }
    const T value = load<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  std::uint64_t long_varint();
  std::uint64_t fixed_integer();
  void skip() { skip(depth_); }
  void skip(int depth);
  void skip_group(int depth);

  const std::uint8_t* begin_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;  // of the message at hand
  const std::uint8_t* body_end_;
  int depth_ = 0;               // messages around
  std::uint8_t type_ = kTaken;  // of the field at hand
  std::uint32_t number_ = 0;
  const char* failure_ = nullptr;
  std::size_t failed_at_ = 0;
  bool truncated_ = false;
};

}  // namespace vizsla::codec
