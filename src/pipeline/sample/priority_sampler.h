// Tracers decide, and are told at which rates: keeps what a tracer has kept, counts it by service, and works out rates
// that bring all services together to the target.
//
// Rules: agent-protocol §9.3. Only what tracers decided by such rates is counted (priorities 0 and 1): what a user or
// a rule has decided follows no rate. The rates go out with the answers to traces (§1.5), and change every 5 s at most.
// Bounded by the catalogue. One thread at a time. Time comes in with each call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "pipeline/sample/rate_engine.h"
#include "pipeline/sample/service_catalog.h"

namespace vizsla::pipeline {

// What tracers are answered. Immutable.
struct TracerRates {
  // {"rate_by_service":{"service:web,env:prod":0.25,…}} and a newline, by name.
  std::string body;
  // Of that body: another one whenever the rates are others. A hash, so that a restart or a second server says the same
  // of the same rates.
  std::string version;

  // `rates_json`: {"service:web,env:prod":0.25,…}
  static std::shared_ptr<const TracerRates> of(std::string_view rates_json);
};

class PrioritySampler {
 public:
  // Pairs beyond `catalog_max` push out the one not seen for longest. The rates of `default_env` are also given for
  // tracers that know no environment.
  PrioritySampler(double target_per_second, double extra_rate, std::size_t catalog_max, std::string default_env);

  struct Decision {
    bool keep = false;
    bool counted = false;
    double rate = 1;  // of its service; only if it was counted
  };

  // `signature`: service_signature(service, env) of the chunk's root. `weight`: how many traces it stands for.
  Decision sample(std::string_view service, std::string_view env, Signature signature, int priority, double weight,
                  UnixNanos now);

  // Never null. No rates before the first chunk.
  [[nodiscard]] const std::shared_ptr<const TracerRates>& rates() const { return rates_; }

  RateEngine& engine() { return engine_; }

 private:
  void tell_tracers();

  RateEngine engine_;
  ServiceCatalog catalog_;
  std::string default_env_;
  std::shared_ptr<const TracerRates> rates_;
};

}  // namespace vizsla::pipeline
