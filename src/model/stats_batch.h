// What one payload adds to the trace statistics, as columns: rows of (what was counted, its ten seconds, how much).
//
// The concentrator computes them from spans, codecs read them from what tracers and Agents computed themselves; the
// store adds them up. Rows with the same key and bucket may be there more than once: they add up too. Strings are codes
// into `strings`. Made to be reused: clear() keeps memory. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/span_batch.h"
#include "model/string_table.h"

namespace vizsla::model {

// Buckets begin at multiples of it since 1970, and have the spans that end in them (agent-protocol §8.1).
inline constexpr std::int64_t kStatsBucketNs = 10 * kNanosPerSecond;

// The texts of a key, in the order in which they are stored.
enum class StatsText : std::uint8_t {
  Env,
  Service,
  Operation,
  Resource,
  Type,
  Version,
  Host,
  Language,
  BaseService,    // `_dd.base_service`: the service of the process, where the span has another
  ServiceSource,  // `_dd.svc_src`
  PeerTags,       // "key:value" each, sorted, one NUL between two; of whom it called
  GrpcStatus,     // decimal, or ""
  HttpMethod,     // of client statistics alone, and so the next
  HttpEndpoint,
};
inline constexpr std::size_t kStatsTexts = 14;

// By the names of the query language. "" for none of them.
std::string_view name_of(StatsText text);

// What Agents, and we, write in place of a value when there are too many; what tracers write.
inline constexpr std::string_view kStatsBlockedValue = "agent_blocked_value";
inline constexpr std::string_view kStatsBlockedByTracer = "tracer_blocked_value";
inline bool is_blocked_value(std::string_view text) {
  return text == kStatsBlockedValue || text == kStatsBlockedByTracer;
}

// Bits of StatsKey::flags.
inline constexpr std::uint8_t kStatsEntry = 1;      // entry spans; of a client's own statistics: some are
inline constexpr std::uint8_t kStatsTraceRoot = 2;  // without parent
inline constexpr std::uint8_t kStatsRootKnown = 4;  // whether they are is said
inline constexpr std::uint8_t kStatsSynthetics = 8;
inline constexpr std::uint8_t kStatsFromClient = 16;  // counted by a tracer: the maximum is an estimate

// What is counted together (agent-protocol §8.2). Entry spans and others are apart, so that a service's latency is that
// of its entry spans.
struct StatsKey {
  std::array<StringCode, kStatsTexts> texts{};
  std::uint16_t http_status = 0;  // 0 = none
  SpanKind kind = SpanKind::Unknown;
  std::uint8_t flags = 0;

  [[nodiscard]] StringCode text(StatsText which) const { return texts[static_cast<std::size_t>(which)]; }
  StringCode& text(StatsText which) { return texts[static_cast<std::size_t>(which)]; }

  bool operator==(const StatsKey&) const = default;
};
// So that it can be hashed as bytes.
static_assert(sizeof(StatsKey) == kStatsTexts * sizeof(StringCode) + 4);

// Sums of weights: doubles, since a sampled span stands for more than one.
struct StatsCounts {
  double hits = 0;
  double top_level_hits = 0;
  double errors = 0;
  double duration_ns = 0;
  std::int64_t max_duration_ns = 0;

  void add(const StatsCounts& other) {
    hits += other.hits;
    top_level_hits += other.top_level_hits;
    errors += other.errors;
    duration_ns += other.duration_ns;
    max_duration_ns = std::max(max_duration_ns, other.max_duration_ns);
  }

  bool operator==(const StatsCounts&) const = default;
};

struct StatsBatch {
  StringTable strings;
  std::vector<StatsKey> key;
  std::vector<UnixNanos> bucket_ns;  // its beginning
  std::vector<StatsCounts> counts;
  std::vector<StringCode> ok_bins;  // durations of spans without error, as sketch::encode_duration_bins() writes them
  std::vector<StringCode> error_bins;  // of those with one

  [[nodiscard]] std::size_t size() const { return key.size(); }
  [[nodiscard]] bool empty() const { return key.empty(); }
  void clear();
};

}  // namespace vizsla::model
