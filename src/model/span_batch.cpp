#include "model/span_batch.h"

namespace vizsla::model {

std::string_view to_string(SpanKind kind) {
  switch (kind) {
    case SpanKind::Unknown:
      return "";
    case SpanKind::Internal:
      return "internal";
    case SpanKind::Server:
      return "server";
    case SpanKind::Client:
      return "client";
    case SpanKind::Producer:
      return "producer";
    case SpanKind::Consumer:
      return "consumer";
  }
  return "";
}

std::string_view to_string(IngestionReason reason) {
  switch (reason) {
    case IngestionReason::Auto:
      return "auto";
    case IngestionReason::Rule:
      return "rule";
    case IngestionReason::Manual:
      return "manual";
    case IngestionReason::Otel:
      return "otel";
    case IngestionReason::Error:
      return "error";
    case IngestionReason::Rare:
      return "rare";
    case IngestionReason::Appsec:
      return "appsec";
  }
  return "auto";
}

void SpanBatch::clear() {
  strings.clear();
  trace_id.clear();
  trace_id_high.clear();
  span_id.clear();
  parent_id.clear();
  start_ns.clear();
  duration_ns.clear();
  service.clear();
  operation.clear();
  resource.clear();
  type.clear();
  error.clear();
  links.clear();
  events.clear();
  meta_struct.clear();
  meta.cut_to(0);
  metrics.cut_to(0);
  env.clear();
  version.clear();
  host.clear();
  container_id.clear();
  language.clear();
  tracer_version.clear();
  base_service.clear();
  peer_service.clear();
  kind.clear();
  http_status.clear();
  sampling_priority.clear();
  ingestion_reason.clear();
  flags.clear();
  weight.clear();
  chunk_end.clear();
  payloads.clear();
  chunk_payload.clear();
  chunk_dropped.clear();
  agent = {};
}

}  // namespace vizsla::model
