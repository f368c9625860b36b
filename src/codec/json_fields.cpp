#include "codec/json_fields.h"

#include <charconv>

#include <fmt/format.h>

namespace vizsla::codec {
namespace {

using simdjson::ondemand::json_type;
using Value = simdjson::ondemand::value;

template <class Integer>
Integer integer_in(std::string_view text, const char* field) {
  Integer number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    throw RefusedJson{fmt::format("an integer as {}", field)};
  return number;
}

}  // namespace

std::string_view string_or_empty(Value value, const char* field) {
  switch (value.type()) {
    case json_type::string:
      return value.get_string();
    case json_type::null:
      return {};
    default:
      throw RefusedJson{fmt::format("a string as {}", field)};
  }
}

std::uint64_t unsigned_or_zero(Value value, const char* field) {
  switch (value.type()) {
    case json_type::number: {
      std::uint64_t number = 0;
      if (value.get_uint64().get(number) == simdjson::SUCCESS) return number;
      throw RefusedJson{fmt::format("an integer from 0 to 2^64 - 1 as {}", field)};
    }
    case json_type::string:
      return integer_in<std::uint64_t>(value.get_string(), field);
    case json_type::null:
      return 0;
    default:
      throw RefusedJson{fmt::format("an integer as {}", field)};
  }
}

std::int64_t signed_or_zero(Value value, const char* field) {
  switch (value.type()) {
    case json_type::number: {
      std::int64_t number = 0;
      if (value.get_int64().get(number) == simdjson::SUCCESS) return number;
      throw RefusedJson{fmt::format("an integer of 63 bits as {}", field)};
    }
    case json_type::string:
      return integer_in<std::int64_t>(value.get_string(), field);
    case json_type::null:
      return 0;
    default:
      throw RefusedJson{fmt::format("an integer as {}", field)};
  }
}

}  // namespace vizsla::codec
