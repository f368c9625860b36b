// Trace and span ids as types, so that they can't be swapped, with every spelling that people paste.
//
// A trace id has 128 bits. The low 64 are on every span; the high 64 travel only on the first span of a chunk, if at
// all (agent-protocol §2.1, `_dd.p.tid`), so high == 0 means "not known".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vizsla::model {

struct TraceId {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool operator==(const TraceId&) const = default;
};

enum class SpanId : std::uint64_t {};

inline constexpr SpanId kNoSpan{0};

// 32 digits, the high half as zeros when it isn't known.
std::string to_hex(TraceId id);
// 16 digits.
std::string to_hex(SpanId id);
std::string hex16(std::uint64_t value);

// 32 or 16 hex digits (with or without "0x"), or a decimal of up to 39 digits that fits in 128 bits. Sixteen and
// thirty-two digits are read as hex, since that is how every tool prints ids of that length; a decimal of exactly 16 or
// 32 digits is told apart by nothing, and is rare: ids are random in 64 bits, which takes 19 or 20 decimal digits.
Result<TraceId> parse_trace_id(std::string_view text);

// 16 hex digits, or a decimal.
Result<SpanId> parse_span_id(std::string_view text);

// What else the text may stand for: the decimal, where the above read nothing but digits as hex. For those who can see
// which of the two there is.
std::optional<TraceId> decimal_trace_id(std::string_view text);
std::optional<SpanId> decimal_span_id(std::string_view text);

// Exactly 16 hex digits; nothing else passes.
Result<std::uint64_t> parse_hex16(std::string_view text);

}  // namespace vizsla::model
