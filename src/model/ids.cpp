#include "model/ids.h"

#include <algorithm>

#include <fmt/format.h>

namespace vizsla::model {
namespace {

__extension__ using Uint128 = unsigned __int128;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool is_decimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// `text` is known to be hex digits, at most 16.
std::uint64_t hex_value(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

// Nothing when it doesn't fit. `text` is known to be decimal digits, at most 39.
Result<Uint128> decimal_value(std::string_view text) {
  Uint128 value = 0;
  constexpr Uint128 kMax = ~Uint128{0};
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(c - '0');
    if (value > (kMax - digit) / 10) return fail(ErrorCode::InvalidInput, "the number has more than 128 bits");
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace

std::string hex16(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

std::string to_hex(TraceId id) {
  return fmt::format("{:016x}{:016x}", id.high, id.low);
}

std::string to_hex(SpanId id) {
  return hex16(static_cast<std::uint64_t>(id));
}

Result<TraceId> parse_trace_id(std::string_view text) {
  const std::string_view given = text;
  const bool prefixed = text.starts_with("0x") || text.starts_with("0X");
  if (prefixed) text.remove_prefix(2);
  TraceId id;
  if ((text.size() == 16 || text.size() == 32) && is_hex(text)) {
    id.low = hex_value(text.substr(text.size() - 16));
    if (text.size() == 32) id.high = hex_value(text.substr(0, 16));
  } else if (!prefixed && !text.empty() && text.size() <= 39 && is_decimal(text)) {
    VIZSLA_TRY(const Uint128 value, decimal_value(text));
    id.low = static_cast<std::uint64_t>(value);
    id.high = static_cast<std::uint64_t>(value >> 64);
  } else {
    return fail(ErrorCode::InvalidInput,
                fmt::format("'{}' is no trace id: expected 32 or 16 hex digits, or a decimal number", given));
  }
  if (id.low == 0)
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no trace id: its low 64 bits are 0", given));
  return id;
}

Result<SpanId> parse_span_id(std::string_view text) {
  if (text.size() == 16 && is_hex(text)) return SpanId{hex_value(text)};
  if (!text.empty() && text.size() <= 20 && is_decimal(text)) {
    VIZSLA_TRY(const Uint128 value, decimal_value(text));
    if (value >> 64 == 0) return SpanId{static_cast<std::uint64_t>(value)};
  }
  return fail(ErrorCode::InvalidInput,
              fmt::format("'{}' is no span id: expected 16 hex digits, or a decimal number", text));
}

std::optional<TraceId> decimal_trace_id(std::string_view text) {
  if ((text.size() != 16 && text.size() != 32) || !is_decimal(text)) return std::nullopt;
  const Uint128 value = decimal_value(text).value();  // 32 digits are less than 128 bits
  const TraceId id{static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64)};
  return id.low == 0 ? std::nullopt : std::optional(id);
}

std::optional<SpanId> decimal_span_id(std::string_view text) {
  if (text.size() != 16 || !is_decimal(text)) return std::nullopt;
  return SpanId{static_cast<std::uint64_t>(decimal_value(text).value())};
}

Result<std::uint64_t> parse_hex16(std::string_view text) {
  if (text.size() != 16 || !is_hex(text)) return fail(ErrorCode::InvalidInput, "expected 16 hex digits");
  return hex_value(text);
}

}  // namespace vizsla::model
