// What a client of remote configuration is answered: a list of what it is to have, in the form of TUF's targets, and
// the files of it that it hasn't got (agent-protocol §3.3).
//
// At most one file for a client, with what holds for its service and env: tracers differ in how they merge several.
// Nothing is signed: what tracers check are hashes and lengths. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/config_request.h"
#include "model/tracer_sampling.h"

namespace vizsla::intake {

// What tracers are to be told. The version is above 0 and grows with each change.
struct TracerConfig {
  std::uint64_t version = 1;
  std::vector<model::TracerSampling> sampling;
};

// For a client that has what it is to have: tracers then leave all as it is. So it is for every client while nothing is
// set.
inline constexpr std::string_view kNothingNew = "{}";

// JSON. `default_env`: normalised, of tracers that know no env.
std::string answer_config(const codec::ConfigRequest& request, const TracerConfig& config,
                          std::string_view default_env);

inline constexpr std::string_view kApmTracing = "APM_TRACING";

}  // namespace vizsla::intake
