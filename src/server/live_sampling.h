// Sampling as it is set now: as the settings say, and in their place what somebody has set while the server runs. Puts
// it in force where it counts, for tracers (intake::RemoteConfig) and for our own samplers (intake::TraceIntake).
//
// Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/sampling_control.h"
#include "intake/remote_config.h"
#include "intake/trace_intake.h"
#include "model/remote_sampling.h"
#include "model/tracer_sampling.h"

namespace vizsla::server {

// What stands in the place of settings: each part for itself, as a whole.
struct SamplingDocument {
  std::optional<std::vector<model::TracerSampling>> apm_tracing;
  std::optional<model::RemoteSampling> apm_sampling;
};

// {"apm_tracing": …, "apm_sampling": …}: what codec::decode_tracer_sampling and codec::decode_sampling_config read.
// InvalidInput when none of both is there, or something else is.
Result<SamplingDocument> decode_sampling_document(std::string_view json);

class LiveSampling {
 public:
  // Borrows all but the settings.
  LiveSampling(std::vector<model::TracerSampling> settings, control::SamplingControl& control,
               intake::RemoteConfig& remote_config, intake::TraceIntake& intake);

  // What holds after a start: what was set before it, or else the settings. Telemetry is to be taken even if what was
  // set can't be read any more; then the settings hold, and the log says so.
  void restore();

  // Durable, and in force, when they return without an error; else nothing has changed.
  Result<void> set(std::string_view json);
  Result<void> clear();

  struct Now {
    bool set = false;  // somebody has, while a server ran
    std::vector<model::TracerSampling> apm_tracing;
    std::optional<model::RemoteSampling> apm_sampling;
  };
  [[nodiscard]] Now now() const;

 private:
  void put_in_force(std::optional<SamplingDocument> document);

  const std::vector<model::TracerSampling> settings_;
  control::SamplingControl& control_;
  intake::RemoteConfig& remote_config_;
  intake::TraceIntake& intake_;
  mutable std::mutex mutex_;
  std::optional<SamplingDocument> document_;  // guarded by mutex_
};

}  // namespace vizsla::server
