// The encoders behind encode(): one per wire form, a file per encoding. For traffic.cpp.
#pragma once

#include <charconv>
#include <cstdlib>

#include "bench/traffic.h"

namespace vizsla::bench {

using Chunks = std::vector<TrafficChunk>;

std::string write_json_v01(const Chunks& chunks);
std::string write_json(const Chunks& chunks);

std::string pack_v04(const Chunks& chunks);
std::string pack_v05(const Chunks& chunks);
std::string pack_v07(const Chunks& chunks);
std::string pack_v1(const Chunks& chunks);

std::string write_agent_payload(const Chunks& chunks);
std::string write_agent_payload_idx(const Chunks& chunks);

// What v0.7 and later say of a chunk as a whole: taken from the tags of its first span, which keeps them, as
// dd-trace-go does.
struct ChunkSummary {
  std::int32_t priority = -128;
  std::string_view origin;
  std::uint32_t sampling_mechanism = 0;
  std::uint64_t trace_id_high = 0;
  std::uint64_t trace_id = 0;
};

inline ChunkSummary summary_of(const TrafficChunk& chunk) {
  ChunkSummary summary;
  if (chunk.empty()) return summary;
  const TrafficSpan& first = chunk.front();
  summary.trace_id = first.trace_id;
  for (const auto& [key, value] : first.meta) {
    if (key == "_dd.origin") summary.origin = value;
    if (key == "_dd.p.dm") std::from_chars(value.data() + 1, value.data() + value.size(), summary.sampling_mechanism);
    if (key == "_dd.p.tid") std::from_chars(value.data(), value.data() + value.size(), summary.trace_id_high, 16);
  }
  for (const auto& [key, value] : first.metrics) {
    if (key == "_sampling_priority_v1") summary.priority = static_cast<std::int32_t>(value);
  }
  return summary;
}

// Tags that v1.0 has fields for.
struct PromotedTags {
  std::string_view env;
  std::string_view version;
  std::string_view component;
  std::uint32_t kind = 0;

  static bool is_one(std::string_view key) {
    return key == "env" || key == "version" || key == "component" || key == "span.kind";
  }
};

inline PromotedTags promoted_of(const TrafficSpan& span) {
  static constexpr std::string_view kKinds[] = {"", "internal", "server", "client", "producer", "consumer"};
  PromotedTags tags;
  for (const auto& [key, value] : span.meta) {
    if (key == "env") tags.env = value;
    if (key == "version") tags.version = value;
    if (key == "component") tags.component = value;
    if (key != "span.kind") continue;
    for (std::uint32_t kind = 1; kind < std::size(kKinds); ++kind) {
      if (value == kKinds[kind]) tags.kind = kind;
    }
  }
  return tags;
}

// 16 bytes, the highest first.
inline std::string trace_id_bytes(std::uint64_t high, std::uint64_t low) {
  std::string bytes;
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(half >> shift);
  }
  return bytes;
}

// As the wire has flags: the highest bit says that they are there.
inline std::uint32_t wire_flags(const TrafficLink& link) {
  return link.flags ? *link.flags | 1u << 31 : 0;
}

// The index of an attribute's type in v0.4: string, bool, int, double, list.
inline std::uint32_t any_value_type(const TrafficScalar& value) {
  return static_cast<std::uint32_t>(value.index());
}
inline constexpr std::uint32_t kAnyValueList = 4;

// The same in v1.0: 1 string, 2 bool, 3 double, 4 int, 5 bytes, 6 list.
inline std::uint32_t v1_type(const TrafficScalar& value) {
  static constexpr std::uint32_t kTypes[] = {1, 2, 4, 3};
  return kTypes[value.index()];
}
inline constexpr std::uint32_t kV1Bytes = 5;
inline constexpr std::uint32_t kV1List = 6;

}  // namespace vizsla::bench
