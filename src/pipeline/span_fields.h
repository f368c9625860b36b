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

inline constexpr std::size_t kTypeBytesMax = 100;

// `big` is the Agent's feature of that name.
inline constexpr std::size_t resource_bytes_max(bool big) {
  return big ? 15'000 : 5000;
}

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

inline bool equals_without_case(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b; });
}

// The tag `span.kind`, in any case; Unknown for what is none.
inline model::SpanKind parse_kind(std::string_view text) {
  using model::SpanKind;
  if (equals_without_case(text, "server")) return SpanKind::Server;
  if (equals_without_case(text, "client")) return SpanKind::Client;
  if (equals_without_case(text, "internal")) return SpanKind::Internal;
  if (equals_without_case(text, "producer")) return SpanKind::Producer;
  if (equals_without_case(text, "consumer")) return SpanKind::Consumer;
  return SpanKind::Unknown;
}

// 100 to 599 (agent-protocol §5.3).
inline bool is_http_status(std::uint32_t status) {
  return status >= 100 && status < 600;
}

// The tag `http.status_code`, or 0.
inline std::uint16_t parse_http_status(std::string_view text) {
  unsigned status = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), status);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && is_http_status(status) ? static_cast<std::uint16_t>(status) : std::uint16_t{0};
}

}  // namespace vizsla::pipeline
