#include "intake/remote_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace vizsla::intake {
namespace {

using Apply = codec::ConfigRequest::Apply;

// Requests are short, but name what the client has cached.
constexpr std::uint64_t kBodyBytesMax = 1 << 20;

ConfigState state_of(const codec::ConfigRequest& request, bool has_news) {
  if (request.has_error) return ConfigState::Failed;
  for (const auto& config : request.configs) {
    if (config.apply == Apply::Error) return ConfigState::Failed;
  }
  if (has_news) return ConfigState::Pending;
  if (request.configs.empty()) return ConfigState::None;
  return request.configs.front().apply == Apply::Acknowledged ? ConfigState::Applied : ConfigState::Pending;
}

// "" = none.
std::string error_of(const codec::ConfigRequest& request) {
  if (request.has_error) return request.error.empty() ? "it doesn't say why" : request.error;
  for (const auto& config : request.configs) {
    if (config.apply == Apply::Error)
      return fmt::format("{} {}: {}", config.product, config.id,
                         config.error.empty() ? "it doesn't say why" : config.error);
  }
  return {};
}

// A tracer's error may be a whole stack; the log has one line for it.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

}  // namespace

std::string_view to_string(ConfigState state) {
  switch (state) {
    case ConfigState::None:
      return "none";
    case ConfigState::Pending:
      return "pending";
    case ConfigState::Applied:
      return "applied";
    case ConfigState::Failed:
      return "failed";
  }
  return "";
}

RemoteConfig::RemoteConfig(bool enabled, std::string default_env, const Clock& clock)
    : enabled_(enabled), default_env_(std::move(default_env)), clock_(clock) {
  configure({});
}

void RemoteConfig::configure(std::vector<model::TracerSampling> sampling) {
  auto config = std::make_shared<TracerConfig>();
  config->sampling = std::move(sampling);
  // The time, so that it grows over restarts too, and what tracers have from before one isn't taken for the newest.
  const auto now_s = static_cast<std::uint64_t>(clock_.now() / 1'000'000'000);
  state_.with([&](State& state) {
    config->version = std::max(now_s, state.config == nullptr ? 1 : state.config->version + 1);
    state.config = std::move(config);
  });
}

void RemoteConfig::add_route(http::Router& router) {
  router.add({{"POST", "GET"},
              std::string(kAdvertisedEndpoint),
              [this](const http::Request& request, http::Responder respond) { respond(handle(request)); },
              kBodyBytesMax});
}

http::Response RemoteConfig::handle(const http::Request& request) {
  if (!enabled_) {
    state_.with([](State& state) { ++state.counts.off; });
    return http::text_response(404, "remote configuration is off\n");
  }
  const auto asked = codec::decode_config_request(request.body.padded());
  if (!asked) {
    state_.with([](State& state) { ++state.counts.refused; });
    log::warn(log::Fault::Client, kAdvertisedEndpoint, "refused a request of {} bytes to {}: {}", request.body.size(),
              kAdvertisedEndpoint, asked.error().message);
    return http::text_response(400, asked.error().message + "\n");
  }
  const auto config = state_.with([](const State& state) { return state.config; });
  std::string answer = answer_config(*asked, *config, default_env_);
  note(*asked, config->version, answer != kNothingNew);
  return http::json_response(200, std::move(answer));
}

void RemoteConfig::note(const codec::ConfigRequest& request, std::uint64_t version, bool has_news) {
  const RemoteConfigClient client{request.client_id,
                                  request.service,
                                  request.env,
                                  request.language,
                                  request.tracer_version,
                                  clock_.now(),
                                  state_of(request, has_news),
                                  error_of(request)};
  const bool is_new_error = state_.with([&](State& state) {
    ++(has_news ? state.counts.sent : state.counts.unchanged);
    std::string last_error;
    if (const auto known = state.by_id.find(client.id); known != state.by_id.end()) {
      last_error = std::move(known->second->last_error);
      state.clients.erase(known->second);
      state.by_id.erase(known);
    }
    const bool is_new = !client.error.empty() && client.error != last_error;
    if (is_new) ++state.counts.errors;
    if (!client.error.empty()) last_error = client.error;
    state.clients.push_front({client, version, std::move(last_error)});
    state.by_id.emplace(client.id, state.clients.begin());
    forget_silent(state, client.last_seen_ns);
    return is_new;
  });
  if (!is_new_error) return;
  log::warn(log::Fault::Client, "remote_config_error", "{}",
            one_line(fmt::format("the {} tracer {} of service {} in env {} can't take its remote configuration: {}",
                                 client.language, client.tracer_version, client.service, client.env, client.error)));
}

void RemoteConfig::forget_silent(State& state, UnixNanos now) {
  while (!state.clients.empty() && (state.clients.size() > kClientsMax ||
                                    now - state.clients.back().client.last_seen_ns > kClientSilence.count())) {
    state.by_id.erase(state.clients.back().client.id);
    state.clients.pop_back();
  }
}

template <class See>
void RemoteConfig::for_each_client(const State& state, See see) const {
  const UnixNanos oldest = clock_.now() - kClientSilence.count();
  for (const Known& known : state.clients) {
    if (known.client.last_seen_ns < oldest) continue;
    see(known.client, known.version == state.config->version ? known.client.state : ConfigState::Pending);
  }
}

RemoteConfigCounts RemoteConfig::counts() const {
  return state_.with([&](const State& state) {
    RemoteConfigCounts counts = state.counts;
    for_each_client(
        state, [&](const RemoteConfigClient&, ConfigState now) { ++counts.clients[static_cast<std::size_t>(now)]; });
    return counts;
  });
}

std::vector<RemoteConfigClient> RemoteConfig::clients() const {
  return state_.with([&](const State& state) {
    std::vector<RemoteConfigClient> clients;
    for_each_client(state, [&](const RemoteConfigClient& client, ConfigState now) {
      clients.push_back(client);
      clients.back().state = now;
    });
    return clients;
  });
}

}  // namespace vizsla::intake
