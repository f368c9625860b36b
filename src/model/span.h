// Spans read back from the store: what the read APIs and the trace view work on.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/text_arena.h"
#include "model/ids.h"
#include "model/span_batch.h"

namespace vizsla::model {

// Its texts belong to the SpanSet that it is in.
struct Span {
  TraceId trace_id;
  SpanId span_id = kNoSpan;
  SpanId parent_id = kNoSpan;
  UnixNanos start_ns = 0;
  std::int64_t duration_ns = 0;
  UnixNanos received_ns = 0;
  std::uint64_t sequence = 0;  // order of arrival, unique in a store

  std::string_view service;
  std::string_view operation;
  std::string_view resource;
  std::string_view type;
  std::string_view env;
  std::string_view version;
  std::string_view host;
  std::string_view container_id;
  std::string_view language;
  std::string_view tracer_version;
  std::string_view base_service;
  std::string_view peer_service;

  bool error = false;
  bool is_entry = false;
  bool is_root = false;
  bool measured = false;
  bool partial = false;
  bool left_over = false;  // of a trace that a sampler dropped before it got here
  SpanKind kind = SpanKind::Unknown;
  IngestionReason ingestion_reason = IngestionReason::Auto;
  std::uint16_t http_status = 0;
  std::int8_t sampling_priority = kNoPriority;
  double weight = 1;

  std::vector<std::pair<std::string_view, std::string_view>> meta;  // sorted by key and value
  std::vector<std::pair<std::string_view, double>> metrics;         // the same
  std::string_view links;                                           // JSON list or ""
  std::string_view events;                                          // JSON list or ""
  std::string_view meta_struct;                                     // msgpack map or ""

  [[nodiscard]] UnixNanos end_ns() const { return start_ns + duration_ns; }

  // The value of a tag; null when the span doesn't have it.
  [[nodiscard]] const std::string_view* find_meta(std::string_view key) const;
  [[nodiscard]] const double* find_metric(std::string_view key) const;
};

// Spans and their texts. Moving it keeps them where they are.
struct SpanSet {
  std::vector<Span> spans;
  TextArena texts;
  std::shared_ptr<const void> memory{};  // what the store counts it as; given back with it

  [[nodiscard]] std::size_t size() const { return spans.size(); }
  [[nodiscard]] bool empty() const { return spans.empty(); }
  const Span& operator[](std::size_t i) const { return spans[i]; }
};

}  // namespace vizsla::model
