// `/v0.7/config`, by which tracers ask every few seconds whether they are to be set otherwise (agent-protocol §3.3):
// answers them, and knows who has asked lately and what came of it.
//
// Thread-safe: one lock, held for looking a client up, or for going through all of them; answers are worked out outside
// of it. Bounded: kClientsMax clients of a few texts each, 15 MB at the very most, and none that has been silent for
// kClientSilence.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "http/router.h"
#include "intake/config_answer.h"

namespace vizsla::intake {

// What has become of a client's settings, as it says itself.
enum class ConfigState : std::uint8_t {
  None,     // nothing is set for it
  Pending,  // it hasn't said yet that it has them, or hasn't asked since something was set anew
  Applied,
  Failed,  // it couldn't take them, and says why
};
inline constexpr std::size_t kConfigStates = 4;
std::string_view to_string(ConfigState state);

struct RemoteConfigClient {
  std::string id;
  std::string service;
  std::string env;
  std::string language;
  std::string tracer_version;
  UnixNanos last_seen_ns = 0;
  ConfigState state = ConfigState::None;
  std::string error;  // that it reports now; "" = none
};

struct RemoteConfigCounts {
  std::uint64_t unchanged = 0;                         // requests that were answered "nothing new"
  std::uint64_t sent = 0;                              // … with a list of what the client is to have
  std::uint64_t refused = 0;                           // … with an error: they couldn't be read
  std::uint64_t off = 0;                               // … that there is no remote configuration
  std::uint64_t errors = 0;                            // that clients reported: each once, however often they repeat it
  std::array<std::uint64_t, kConfigStates> clients{};  // now, by state
};

class RemoteConfig {
 public:
  static constexpr std::size_t kClientsMax = 10'000;
  static constexpr std::chrono::nanoseconds kClientSilence = std::chrono::minutes(5);

  // The path that /info names while it is on.
  static constexpr std::string_view kAdvertisedEndpoint = "/v0.7/config";

  // `enabled` = false answers 404: tracers go on asking, and say nothing. `default_env`: normalised. Borrows `clock`.
  RemoteConfig(bool enabled, std::string default_env, const Clock& clock);

  void add_route(http::Router& router);

  // From the next request on. Tracers get it within their interval, 5 s unless they are told otherwise.
  void configure(std::vector<model::TracerSampling> sampling);

  [[nodiscard]] RemoteConfigCounts counts() const;

  // Those who asked last come first.
  [[nodiscard]] std::vector<RemoteConfigClient> clients() const;

 private:
  struct Known {
    RemoteConfigClient client;
    std::uint64_t version = 0;  // of the config that it was answered by
    std::string last_error;     // that it has ever reported: Node's tracer reports one, then none, then the same again
  };
  using Clients = std::list<Known>;  // those who asked last come first
  struct State {
    std::shared_ptr<const TracerConfig> config;
    RemoteConfigCounts counts;  // its `clients` stay 0
    Clients clients;
    std::unordered_map<std::string, Clients::iterator> by_id;
  };

  http::Response handle(const http::Request& request);
  void note(const codec::ConfigRequest& request, std::uint64_t version, bool has_news);
  static void forget_silent(State& state, UnixNanos now);
  // Calls `see` with each client that isn't silent, and with its state as of now.
  template <class See>
  void for_each_client(const State& state, See see) const;

  const bool enabled_;
  const std::string default_env_;
  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace vizsla::intake
