// One span read back from the store, owning everything: what the read APIs and the trace view work on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"
#include "model/span_batch.h"

namespace vizsla::model {

struct Span {
  TraceId trace_id;
  SpanId span_id = kNoSpan;
  SpanId parent_id = kNoSpan;
  UnixNanos start_ns = 0;
  std::int64_t duration_ns = 0;
  UnixNanos received_ns = 0;
  std::uint64_t sequence = 0;  // order of arrival, unique in a store

  std::string service;
  std::string operation;
  std::string resource;
  std::string type;
  std::string env;
  std::string version;
  std::string host;
  std::string container_id;
  std::string language;
  std::string tracer_version;
  std::string base_service;
  std::string peer_service;

  bool error = false;
  bool is_entry = false;
  bool is_root = false;
  bool measured = false;
  bool partial = false;
  SpanKind kind = SpanKind::Unknown;
  IngestionReason ingestion_reason = IngestionReason::Auto;
  std::uint16_t http_status = 0;
  std::int8_t sampling_priority = kNoPriority;
  double weight = 1;

  std::vector<std::pair<std::string, std::string>> meta;  // sorted by key
  std::vector<std::pair<std::string, double>> metrics;    // sorted by key
  std::string links;                                      // JSON list or ""
  std::string events;                                     // JSON list or ""
  std::string meta_struct;                                // msgpack map or ""

  [[nodiscard]] UnixNanos end_ns() const { return start_ns + duration_ns; }

  // The value of a tag; null when the span doesn't have it.
  [[nodiscard]] const std::string* find_meta(std::string_view key) const;
  [[nodiscard]] const double* find_metric(std::string_view key) const;
};

}  // namespace vizsla::model
