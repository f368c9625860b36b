// How the server is: for those who watch it (/healthz, /readyz, /metrics), and for the UI (/api/ui/status,
// /api/ui/intake).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/router.h"
#include "model/intake_counts.h"

namespace vizsla::api {

struct ServerStatus {
  std::string version;
  UnixNanos started_ns = 0;
  UnixNanos now_ns = 0;
  std::vector<std::string> agent_urls;
  std::string agent_socket;  // "" = none
  std::string ui_url;
  std::string default_env;
  std::string data_dir;
  bool first_span_received = false;
  std::uint64_t spans_stored = 0;
  bool durable = true;
};

// Called from any thread; cheap enough for a connection's.
struct StatusSources {
  std::function<ServerStatus()> status;
  std::function<model::IntakeCounts()> intake;
  std::function<std::string()> metrics;     // Prometheus text
  std::function<Result<void>()> readiness;  // why telemetry would be refused right now
};

void add_status_endpoints(http::Router& router, const StatusSources& sources);

}  // namespace vizsla::api
