#include "model/stats_batch.h"

#include <algorithm>

namespace vizsla::model {

std::string_view name_of(StatsText text) {
  static constexpr std::array<std::string_view, kStatsTexts> kNames = {
      "env",      "service",      "operation_name", "resource_name", "type",        "version",     "host",
      "language", "base_service", "service_source", "peer_tags",     "grpc_status", "http_method", "http_endpoint"};
  return kNames[static_cast<std::size_t>(text)];
}

void StatsBatch::clear() {
  strings.clear();
  key.clear();
  bucket_ns.clear();
  counts.clear();
  ok_bins.clear();
  error_bins.clear();
}

}  // namespace vizsla::model
