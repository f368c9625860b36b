// What stages of the pipeline have in common: columns that come from tags, and memory by string code.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "model/span_batch.h"

namespace vizsla::pipeline {

// Longer keys of tags are cut, or, where they stand for many spans, left out (agent-protocol §5.3).
inline constexpr std::size_t kTagKeyBytesMax = 200;

// Of a code about which nothing is known yet.
inline constexpr model::StringCode kUnset = std::numeric_limits<model::StringCode>::max();

// What is remembered of `code`; grown on demand.
template <class T>
T& at_code(std::vector<T>& by_code, model::StringCode code, T unset) {
  if (code >= by_code.size()) by_code.resize(std::max<std::size_t>(code + 1, by_code.size() * 2), unset);
  return by_code[code];
}

// The tag `span.kind`; Unknown for what is none.
inline model::SpanKind parse_kind(std::string_view text) {
  using model::SpanKind;
  if (text == "server") return SpanKind::Server;
  if (text == "client") return SpanKind::Client;
  if (text == "internal") return SpanKind::Internal;
  if (text == "producer") return SpanKind::Producer;
  if (text == "consumer") return SpanKind::Consumer;
  return SpanKind::Unknown;
}

// The tag `http.status_code`: 100 to 599, or 0 (agent-protocol §5.3).
inline std::uint16_t parse_http_status(std::string_view text) {
  unsigned status = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), status);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && status >= 100 && status < 600 ? static_cast<std::uint16_t>(status) : std::uint16_t{0};
}

}  // namespace vizsla::pipeline
