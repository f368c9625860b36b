// The Agent's trace endpoints: body → spans → pipeline → store → answer.
//
// A 200 means that the spans are stored. Whatever isn't stored is refused with the reason, and counted by service; a
// status that makes a client send again (5xx) is only given when that can help. agent-protocol §1.3 to §1.6, with two
// differences on purpose: the answer comes after the work, not before it, and nothing is dropped behind a 200.
//
// Handlers run on the connection's thread: decoding a payload takes less time than handing it to another thread would
// save. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/router.h"
#include "intake/container_identity.h"
#include "intake/intake_stats.h"
#include "intake/payload_table.h"
#include "intake/stats_limits.h"
#include "pipeline/sample/chunk_sampler.h"
#include "pipeline/trace_pipeline.h"
#include "store/span_store.h"

namespace vizsla::intake {

struct TraceIntakeSettings {
  std::string default_env = "none";  // normalised
  std::string host;                  // of this machine, for spans that don't name one
  std::uint64_t body_bytes_max = 26'214'400;
  pipeline::PipelineSettings pipeline = {};  // must be such that TracePipeline::create() takes them
  pipeline::SamplingSettings sampling = {};  // must be such that check_sampling() takes them
};

class TraceIntake {
 public:
  // Borrows everything.
  TraceIntake(TraceIntakeSettings settings, const Clock& clock, store::SpanWriter& writer, PayloadTable& payloads,
              StatsLimits& limits, IntakeStats& stats);
  ~TraceIntake();

  // The trace routes, and those that declare services.
  void add_routes(http::Router& router);

  // What an Agent passes on, for a router that isn't given the above.
  void add_agent_routes(http::Router& router);

  // What samplers are set to instead of the settings, from the next payload on; nothing is said of it, and they are as
  // the settings have them. Whether there is sampling at all isn't changed.
  void set_remote_sampling(const model::RemoteSampling& remote);

  // Told of each service that is declared for the first time, or differently, so that it can be kept.
  void on_declared(std::function<void(const model::DeclaredService&)> told) { on_declared_ = std::move(told); }

  // The paths of add_routes() that /info advertises.
  static std::vector<std::string> advertised_endpoints();

 private:
  struct Version;
  struct Scratch;

  void handle_traces(const Version& version, http::Request request, http::Responder respond);
  void add_route(http::Router& router, const Version& version, std::uint64_t body_bytes_max);
  void handle_services(std::string_view path, const http::Request& request);

  std::unique_ptr<Scratch> take_scratch();
  void give_back(std::unique_ptr<Scratch> scratch);

  const TraceIntakeSettings settings_;
  const Clock& clock_;
  store::SpanWriter& writer_;
  PayloadTable& payloads_;
  StatsLimits& limits_;
  IntakeStats& stats_;
  ContainerIdentity containers_;
  const std::unique_ptr<pipeline::SamplerState> sampling_;
  std::function<void(const model::DeclaredService&)> on_declared_;  // set before the first request
  Guarded<std::vector<std::unique_ptr<Scratch>>> scratch_;
};

}  // namespace vizsla::intake
