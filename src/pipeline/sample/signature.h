// Which traces the samplers take for alike: 32-bit signatures of services, of spans, and of whole chunks.
//
// Rules: agent-protocol §9.3 to §9.5; FNV-1a, since these are the numbers that an Agent has. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vizsla::pipeline {

using Signature = std::uint32_t;

// FNV-1a with 32 bits, piece by piece.
class Fnv1a32 {
 public:
  void add(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 16'777'619u; }
  void add(std::string_view text) {
    for (const char c : text) add(static_cast<std::uint8_t>(c));
  }

  [[nodiscard]] std::uint32_t value() const { return hash_; }

 private:
  std::uint32_t hash_ = 2'166'136'261u;
};

// Of "<service>,<env>".
Signature service_signature(std::string_view service, std::string_view env);

// What makes spans alike.
struct SpanLikeness {
  std::string_view env;
  std::string_view service;
  std::string_view operation;
  bool error = false;
  std::string_view resource;      // "" = doesn't matter here
  std::uint16_t http_status = 0;  // 0 = none
  std::string_view error_type;
};

Signature span_signature(const SpanLikeness& span);

// Of a chunk, from its root's signature with the resource and those of all its spans without. Leaves `spans` sorted.
Signature chunk_signature(Signature root, std::vector<Signature>& spans);

}  // namespace vizsla::pipeline
