// Builds a SpanBatch as a decoder would, for tests: BatchBuilder().span({.span = 1}).chunk().span({…}).build().
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/span_batch.h"

namespace vizsla::model::testing {

struct SpanSpec {
  std::uint64_t trace = 1;
  std::uint64_t span = 1;
  std::uint64_t parent = 0;
  std::string service = "web";
  std::string operation = "http.request";
  std::string resource = "GET /";
  std::string type = "web";
  UnixNanos start = 1'795'262'399'000'000'000;
  std::int64_t duration = 1'000'000;
  bool error = false;
  std::vector<std::pair<std::string, std::string>> meta = {};
  std::vector<std::pair<std::string, double>> metrics = {};
  std::string links = {};
  std::string events = {};
  std::string meta_struct = {};

  // Derived columns, for build_normalized().
  std::uint64_t trace_high = 0;
  std::string env = "test";
  std::string version = {};
  std::string host = "box";
  SpanKind kind = SpanKind::Unknown;
  std::uint16_t http_status = 0;
  bool is_entry = false;
  std::int8_t sampling_priority = kNoPriority;
};

class BatchBuilder {
 public:
  BatchBuilder& span(const SpanSpec& spec) {
    auto& strings = batch_.strings;
    batch_.trace_id.push_back(spec.trace);
    batch_.span_id.push_back(spec.span);
    batch_.parent_id.push_back(spec.parent);
    batch_.start_ns.push_back(spec.start);
    batch_.duration_ns.push_back(spec.duration);
    batch_.service.push_back(strings.intern(spec.service));
    batch_.operation.push_back(strings.intern(spec.operation));
    batch_.resource.push_back(strings.intern(spec.resource));
    batch_.type.push_back(strings.intern(spec.type));
    batch_.error.push_back(spec.error ? 1 : 0);
    batch_.links.push_back(strings.intern(spec.links));
    batch_.events.push_back(strings.intern(spec.events));
    batch_.meta_struct.push_back(strings.intern(spec.meta_struct));
    specs_.push_back(spec);
    for (const auto& [key, value] : spec.meta) {
      const auto code = strings.intern(key);
      batch_.meta.push(code, strings.intern(value));
    }
    for (const auto& [key, value] : spec.metrics) batch_.metrics.push(strings.intern(key), value);
    batch_.meta.close_span();
    batch_.metrics.close_span();
    return *this;
  }

  // Ends the chunk: the next span begins another.
  BatchBuilder& chunk() {
    batch_.chunk_end.push_back(static_cast<std::uint32_t>(batch_.size()));
    return *this;
  }

  // Ends the last chunk, and gives the batch away.
  SpanBatch build() {
    if (batch_.size() > (batch_.chunk_end.empty() ? 0 : batch_.chunk_end.back())) chunk();
    return std::move(batch_);
  }

  // The same with the derived columns filled from the specs, as the pipeline would leave it.
  SpanBatch build_normalized() {
    for (const SpanSpec& spec : specs_) {
      auto& strings = batch_.strings;
      batch_.trace_id_high.push_back(spec.trace_high);
      batch_.env.push_back(strings.intern(spec.env));
      batch_.version.push_back(strings.intern(spec.version));
      batch_.host.push_back(strings.intern(spec.host));
      batch_.container_id.push_back(0);
      batch_.language.push_back(strings.intern("cpp"));
      batch_.tracer_version.push_back(strings.intern("1.0"));
      batch_.base_service.push_back(0);
      batch_.peer_service.push_back(0);
      batch_.kind.push_back(spec.kind);
      batch_.http_status.push_back(spec.http_status);
      batch_.sampling_priority.push_back(spec.sampling_priority);
      batch_.ingestion_reason.push_back(IngestionReason::Auto);
      batch_.flags.push_back(static_cast<std::uint8_t>((spec.parent == 0 ? kIsRoot : 0) |
                                                       (spec.is_entry || spec.parent == 0 ? kIsEntry : 0)));
      batch_.weight.push_back(1);
    }
    return build();
  }

 private:
  SpanBatch batch_;
  std::vector<SpanSpec> specs_;
};

}  // namespace vizsla::model::testing
