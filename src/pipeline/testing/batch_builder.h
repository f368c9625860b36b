// Builds a SpanBatch as a decoder would, for tests: BatchBuilder().span({.span = 1}).chunk().span({…}).build().
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/span_batch.h"

namespace vizsla::pipeline::testing {

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
    batch_.meta_struct.push_back(0);
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
  model::SpanBatch build() {
    if (batch_.size() > (batch_.chunk_end.empty() ? 0 : batch_.chunk_end.back())) chunk();
    return std::move(batch_);
  }

 private:
  model::SpanBatch batch_;
};

}  // namespace vizsla::pipeline::testing
