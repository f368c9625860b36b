// Vizsla's own metrics in Prometheus' text format, from what its parts count. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "http/server.h"
#include "intake/remote_config.h"
#include "model/intake_counts.h"
#include "store/embedded/store.h"

namespace vizsla::server {

struct MetricSources {
  std::string version;
  UnixNanos started_ns = 0;
  UnixNanos now_ns = 0;
  http::ServerStats http;
  store::EmbeddedStore::Stats store;
  model::IntakeCounts intake;
  intake::RemoteConfigCounts remote_config;
  std::uint64_t remembered_payloads = 0;
  std::uint64_t resident_bytes = 0;
  double cpu_seconds = 0;
};

std::string metrics_text(const MetricSources& sources);

}  // namespace vizsla::server
