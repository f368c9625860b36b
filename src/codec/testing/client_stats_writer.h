// Writes the statistics that clients compute, for tests: groups in buckets in payloads, as a tracer or an Agent does.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "codec/ddsketch_wire.h"
#include "codec/testing/msgpack_writer.h"

namespace vizsla::codec::testing {

// The bytes of a sketch of these durations, in the Agent's mapping unless told otherwise.
inline std::string sketch_bytes(const std::vector<double>& durations_ns,
                                const sketch::IndexMapping& mapping = sketch::IndexMapping::canonical()) {
  sketch::DDSketch sketch(mapping);
  for (const double ns : durations_ns) sketch.add(ns);
  Buffer out;
  encode_ddsketch(sketch, out);
  return std::string(as_text(out));
}

// A map whose values are written as they come: {"Hits", MsgpackWriter().u64(3)}.
class FieldsWriter {
 public:
  FieldsWriter& set(std::string_view key, const MsgpackWriter& value) {
    fields_.emplace_back(key, value);
    return *this;
  }
  FieldsWriter& str(std::string_view key, std::string_view text) { return set(key, MsgpackWriter().str(text)); }
  FieldsWriter& u64(std::string_view key, std::uint64_t value) { return set(key, MsgpackWriter().u64(value)); }
  FieldsWriter& bin(std::string_view key, std::string_view bytes) { return set(key, MsgpackWriter().bin(bytes)); }
  FieldsWriter& strs(std::string_view key, const std::vector<std::string_view>& texts) {
    MsgpackWriter list;
    list.array(static_cast<std::uint32_t>(texts.size()));
    for (const std::string_view text : texts) list.str(text);
    return set(key, list);
  }
  FieldsWriter& list(std::string_view key, const std::vector<FieldsWriter>& maps) {
    MsgpackWriter list;
    list.array(static_cast<std::uint32_t>(maps.size()));
    for (const FieldsWriter& map : maps) list.append(map.written());
    return set(key, list);
  }

  [[nodiscard]] MsgpackWriter written() const {
    MsgpackWriter out;
    out.map(static_cast<std::uint32_t>(fields_.size()));
    for (const auto& [key, value] : fields_) out.str(key).append(value);
    return out;
  }
  [[nodiscard]] std::string body() const { return std::string(as_text(written().bytes())); }

 private:
  std::vector<std::pair<std::string, MsgpackWriter>> fields_;
};

inline FieldsWriter stats_bucket(UnixNanos start_ns, const std::vector<FieldsWriter>& groups) {
  FieldsWriter bucket;
  bucket.u64("Start", static_cast<std::uint64_t>(start_ns)).u64("Duration", 10'000'000'000).list("Stats", groups);
  return bucket;
}

// Spans of `durations_ns` without error, all of them entry spans.
inline FieldsWriter stats_group(std::string_view service, std::string_view resource,
                                const std::vector<double>& durations_ns) {
  double sum = 0;
  for (const double ns : durations_ns) sum += ns;
  FieldsWriter group;
  group.str("Service", service)
      .str("Name", "http.request")
      .str("Resource", resource)
      .str("Type", "web")
      .u64("Hits", durations_ns.size())
      .u64("Errors", 0)
      .u64("Duration", static_cast<std::uint64_t>(sum))
      .u64("TopLevelHits", durations_ns.size())
      .bin("OkSummary", sketch_bytes(durations_ns))
      .bin("ErrorSummary", "");
  return group;
}

}  // namespace vizsla::codec::testing
