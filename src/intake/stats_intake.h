// The endpoints for statistics that clients computed: `/v0.6/stats` from tracers, `/api/v0.2/stats` from Agents
// (agent-protocol §3.1, §8.5, §10.2).
//
// A success means that they are stored, once however often they are sent. A group that makes no sense, or is too old,
// is refused for itself and counted by reason; the others of its payload count. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "http/router.h"
#include "intake/intake_stats.h"
#include "intake/payload_table.h"
#include "intake/stats_limits.h"
#include "pipeline/trace_pipeline.h"
#include "store/span_store.h"

namespace vizsla::intake {

struct StatsIntakeSettings {
  std::string default_env = "none";  // normalised
  std::string host;                  // of this machine, for payloads that don't name one
  std::uint64_t body_bytes_max = 26'214'400;
  pipeline::PipelineSettings pipeline = {};  // must be such that ClientStatsPipeline::create() takes them
};

class StatsIntake {
 public:
  // Borrows everything.
  StatsIntake(StatsIntakeSettings settings, const Clock& clock, store::SpanWriter& writer, PayloadTable& payloads,
              StatsLimits& limits, IntakeStats& stats);
  ~StatsIntake();

  void add_routes(http::Router& router);

  // What an Agent passes on, for a router that isn't given the above.
  void add_agent_routes(http::Router& router);

  // The path that /info names where tracers are to compute statistics.
  static constexpr std::string_view kAdvertisedEndpoint = "/v0.6/stats";

 private:
  struct Source;
  struct Scratch;

  void add_route(http::Router& router, const Source& source, std::uint64_t body_bytes_max);
  void handle(const Source& source, http::Request request, http::Responder respond);

  std::unique_ptr<Scratch> take_scratch();
  void give_back(std::unique_ptr<Scratch> scratch);

  const StatsIntakeSettings settings_;
  const Clock& clock_;
  store::SpanWriter& writer_;
  PayloadTable& payloads_;
  StatsLimits& limits_;
  IntakeStats& stats_;
  const model::SpanBatch no_spans_;
  Guarded<std::vector<std::unique_ptr<Scratch>>> scratch_;
};

}  // namespace vizsla::intake
