// Parameters of queries as values: InvalidInput names the parameter, what came, and what was expected.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"
#include "http/message.h"

namespace vizsla::api {

inline Result<std::int64_t> number_parameter(const http::Request& request, std::string_view name, std::int64_t low,
                                             std::int64_t high, std::int64_t otherwise) {
  const auto text = request.query_value(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || value < low || value > high)
    return fail(ErrorCode::InvalidInput, fmt::format("{} is '{}', expected {} to {}", name, *text, low, high));
  return value;
}

inline Result<bool> flag_parameter(const http::Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text || *text == "false" || *text == "0") return false;
  if (text->empty() || *text == "true" || *text == "1") return true;
  return fail(ErrorCode::InvalidInput, fmt::format("{} is '{}', expected true or false", name, *text));
}

}  // namespace vizsla::api
