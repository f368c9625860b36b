// Traffic made from a seed: what a shop of a dozen services would send through its tracers, the same for everyone who
// runs it.
//
// The shape follows what real tracers send (docs/benchmarks.md): traces of 1 to some 80 spans (mean 14), server spans
// with HTTP tags, client spans of databases, caches and other services, 8 string tags and 3 numbers a span in the mean;
// ids random and unique; some values few (services, routes), some many (users), some unique (URLs, SQL with literals);
// 1 % errors with a stack. Request n of a seed is always the same, but for its start time.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vizsla::bench {

// What traffic from a seed doesn't have, and tests add.
struct TrafficLink {
  std::uint64_t trace_id_high = 0;
  std::uint64_t trace_id = 0;
  std::uint64_t span_id = 0;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string tracestate;
  std::optional<std::uint32_t> flags;
};

using TrafficScalar = std::variant<std::string, bool, std::int64_t, double>;
using TrafficValue = std::variant<TrafficScalar, std::vector<TrafficScalar>>;

struct TrafficEvent {
  std::uint64_t time_ns = 0;
  std::string name;
  std::vector<std::pair<std::string, TrafficValue>> attributes;
};

struct TrafficSpan {
  std::uint64_t trace_id = 0;
  std::uint64_t span_id = 0;
  std::uint64_t parent_id = 0;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::string_view service;
  std::string_view operation;
  std::string resource;
  std::string_view type;
  bool error = false;
  std::vector<std::pair<std::string_view, std::string>> meta;
  std::vector<std::pair<std::string_view, double>> metrics;
  std::vector<TrafficLink> links;
  std::vector<TrafficEvent> events;
  std::vector<std::pair<std::string, std::string>> meta_struct;
};

using TrafficChunk = std::vector<TrafficSpan>;

class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : seed_(seed) {}

  // The chunks of request `number`: one per service that it passed through, as their tracers would send them. The root
  // starts at `start_ns`.
  [[nodiscard]] std::vector<TrafficChunk> request(std::uint64_t number, std::int64_t start_ns) const;

 private:
  const std::uint64_t seed_;
};

// Wire forms of chunks. All hold the same spans, but for links, events and meta_struct, which v0.5 can't. Agent is an
// AgentPayload with strings where they are used, AgentIdx one with strings by number; neither is compressed.
enum class WireFormat { JsonV01, JsonV02, JsonV03, V03, V04, V05, V07, V1, Agent, AgentIdx };

std::string encode(const std::vector<TrafficChunk>& chunks, WireFormat format);

std::string_view path_of(WireFormat format);
std::string_view content_type_of(WireFormat format);

}  // namespace vizsla::bench
