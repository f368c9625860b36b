// Sampling as it is set, and which tracers have heard of it: /api/ui/sampling.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/reading.h"
#include "base/clock.h"

namespace vizsla::api {

// Where sampling is set, wherever that is. Thread-safe functions.
struct SamplingAccess {
  // A tracer that has asked for remote configuration lately.
  struct Tracer {
    std::string service;
    std::string env;
    std::string language;
    std::string version;
    std::string state;  // none, pending, applied or failed
    std::string error;  // "" = none
    UnixNanos last_seen_ns = 0;
  };
  struct Status {
    bool remote_config = false;  // tracers are answered
    bool from_settings = false;  // nobody has set it while a server ran
    std::string apm_tracing;     // JSON
    std::string apm_sampling;    // JSON; "" = as the settings say
    std::vector<Tracer> tracers;
  };
  std::function<Status()> get;
  std::function<Result<void>(std::string_view json)> set;
  std::function<Result<void>()> clear;
};

// Borrows `reading`, and `changing`, which is for what waits for the disk.
void add_sampling_endpoints(http::Router& router, Reading& reading, Reading& changing, const SamplingAccess& sampling);

}  // namespace vizsla::api
