// Services, their operations and resources in numbers: /api/ui/services, …/resources, bootstrap, resolve, and the
// public /api/v2/apm/services. What the numbers mean: docs/glossary.md, assemble/service_figures.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/reading.h"
#include "assemble/service_figures.h"
#include "store/stats_store.h"

namespace vizsla::api {

// What people choose for services, wherever it is kept. Thread-safe functions.
struct ServiceChoicesAccess {
  // Without a value: what is usual.
  struct Choices {
    std::optional<std::int64_t> apdex_threshold_ns;
    std::optional<std::string> primary_operation;
  };
  std::function<Choices(std::string_view service, std::string_view env)> get;
  std::function<Result<void>(const std::string& service, const std::string& env, const Choices&)> set;
  std::function<Result<void>(const std::string& service, std::optional<std::uint32_t> slot)> set_color_slot;
};

// What the UI is told about the server it talks to.
struct ServerFacts {
  std::string version;
  std::vector<std::string> agent_urls;
  std::string agent_socket;  // "" = none
  std::string ui_url;
  std::string default_env;
  std::uint64_t spans_stored = 0;
};

// Borrows `reading`, `changing` (what may wait for the disk) and `stats`.
void add_service_endpoints(http::Router& router, Reading& reading, Reading& changing, store::StatsReader& stats,
                           ServiceChoicesAccess choices, std::function<ServerFacts()> server);

}  // namespace vizsla::api
