#include "intake/stats_intake.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "codec/client_stats.h"
#include "intake/payload_request.h"
#include "pipeline/client_stats.h"

namespace vizsla::intake {
namespace {

// Scratch space of payloads larger than this isn't kept for the next one.
constexpr std::size_t kGroupsKept = 20'000;

constexpr const char* kObfuscationVersion = "Datadog-Obfuscation-Version";

// "1": the version of the rules by which a tracer has obfuscated resources; 0 and nothing: it hasn't.
bool is_obfuscated(const http::Request& request) {
  const std::string_view text = request.headers.get(kObfuscationVersion);
  unsigned version = 0;
  return std::from_chars(text.data(), text.data() + text.size(), version).ec == std::errc() && version > 0;
}

model::StatsGroupCounts counts_of(const codec::ClientStatsReport& report, const pipeline::ClientStatsOutcome& outcome) {
  model::StatsGroupCounts counts;
  counts.received = report.groups;
  counts.stored = outcome.taken;
  for (const auto& [reason, count] :
       {std::pair("invalid_count", report.invalid_counts), std::pair("invalid_sketch", report.invalid_sketches),
        std::pair("too_old", outcome.too_old), std::pair("too_new", outcome.too_new),
        std::pair("ignored_resource", outcome.ignored_resource)}) {
    if (count > 0) counts.refused[reason] = count;
  }
  return counts;
}

http::Response answer_empty() {
  http::Response response;
  response.status = 200;
  return response;
}

http::Response answer_accepted() {
  return http::json_response(202, "{}");
}

}  // namespace

struct StatsIntake::Source {
  std::string_view path;
  Result<codec::ClientStatsReport> (*decode)(Bytes, model::ClientStats&, const codec::ClientStatsLimits&);
  http::Response (*answer)();
  bool from_agent;
};

struct StatsIntake::Scratch {
  model::ClientStats sent;
  model::StatsBatch batch;
  pipeline::ClientStatsPipeline pipeline;
};

StatsIntake::StatsIntake(StatsIntakeSettings settings, const Clock& clock, store::SpanWriter& writer,
                         PayloadTable& payloads, StatsLimits& limits, IntakeStats& stats)
    : settings_(std::move(settings)),
      clock_(clock),
      writer_(writer),
      payloads_(payloads),
      limits_(limits),
      stats_(stats) {}

StatsIntake::~StatsIntake() = default;

void StatsIntake::add_routes(http::Router& router) {
  static constexpr Source kFromTracer{kAdvertisedEndpoint, codec::decode_client_stats, answer_empty, false};
  add_route(router, kFromTracer, settings_.body_bytes_max);
  add_agent_routes(router);
}

void StatsIntake::add_agent_routes(http::Router& router) {
  static constexpr Source kFromAgent{"/api/v0.2/stats", codec::decode_agent_stats, answer_accepted, true};
  add_route(router, kFromAgent, std::max(settings_.body_bytes_max, kAgentBodyBytesMin));
}

void StatsIntake::add_route(http::Router& router, const Source& source, std::uint64_t body_bytes_max) {
  http::Route route{{"PUT", "POST"}, std::string(source.path), {}, body_bytes_max, {}};
  route.decodes_content = true;
  route.handler = [this, &source](http::Request request, http::Responder respond) {
    handle(source, std::move(request), std::move(respond));
  };
  route.refuse = [this, &source](http::Refused why) {
    stats_.record_payload(source.path, outcome_of(why), 0);
    return refuse(why, kUnavailable);
  };
  router.add(std::move(route));
}

std::unique_ptr<StatsIntake::Scratch> StatsIntake::take_scratch() {
  auto scratch = scratch_.with([](auto& free) {
    std::unique_ptr<Scratch> taken;
    if (!free.empty()) {
      taken = std::move(free.back());
      free.pop_back();
    }
    return taken;
  });
  if (scratch != nullptr) return scratch;
  auto pipeline = pipeline::ClientStatsPipeline::create(settings_.pipeline);
  VIZSLA_CHECK(pipeline.has_value());  // who made the settings has checked them
  return std::make_unique<Scratch>(Scratch{{}, {}, std::move(*pipeline)});
}

void StatsIntake::give_back(std::unique_ptr<Scratch> scratch) {
  if (scratch->sent.groups.capacity() > kGroupsKept) return;
  scratch->sent.clear();
  scratch->batch.clear();
  scratch_.with([&](auto& free) { free.push_back(std::move(scratch)); });
}

void StatsIntake::handle(const Source& source, http::Request request, http::Responder respond) {
  const std::size_t bytes = request.body.size();
  const auto answer = std::make_shared<http::Responder>(std::move(respond));
  const auto answer_outcome = [this, &source, answer, bytes](const Result<void>& outcome, std::string_view as) {
    stats_.record_payload(source.path, outcome ? as : to_string(outcome.error().code), bytes);
    if (outcome) return (*answer)(source.answer());
    (*answer)(http::text_response(status_of(outcome.error(), kUnavailable), outcome.error().message + "\n"));
  };

  const Hash128 hash = payload_hash(source.path, request, {kObfuscationVersion});
  if (hash != Hash128{}) {
    const auto seen =
        payloads_.begin(hash, [answer_outcome](const Result<void>& outcome) { answer_outcome(outcome, "repeated"); });
    if (seen == PayloadTable::Seen::InFlight) return;
    if (seen == PayloadTable::Seen::Stored) return answer_outcome({}, "repeated");
  }

  std::unique_ptr<Scratch> scratch = take_scratch();
  const auto report = source.decode(request.body.bytes(), scratch->sent, {});
  const std::string_view language = request.headers.get("Datadog-Meta-Lang");
  const auto warn = [&](std::string_view what, std::string_view why) {
    log::warn(log::Fault::Client, source.path, "refused {} in {} bytes to {} from a {} tracer ({}): {}", what, bytes,
              source.path, language.empty() ? "?" : language, request.headers.get("Datadog-Meta-Tracer-Version"), why);
  };
  if (!report) {
    const Error& error = report.error();
    warn("statistics", error.message);
    model::StatsGroupCounts counts;
    counts.received = scratch->sent.groups.size();
    if (counts.received > 0) counts.refused["decoding_error"] = counts.received;
    stats_.record_stats_groups(counts);
    give_back(std::move(scratch));
    if (hash != Hash128{}) payloads_.finish(hash, fail(error));
    return answer_outcome(fail(error), "");
  }
  if (!report->first_refused.empty()) warn("groups of statistics", report->first_refused);
  stats_.record_repairs(report->repaired_strings, 0);

  pipeline::ClientStatsFacts facts;
  facts.language = language;
  facts.default_env = settings_.default_env;
  facts.default_host = settings_.host;
  facts.obfuscated = is_obfuscated(request);
  facts.from_agent = source.from_agent;
  const UnixNanos now = clock_.now();
  const auto outcome = scratch->pipeline.process(scratch->sent, facts, now, scratch->batch);
  limits_.apply(scratch->batch, now);
  model::StatsGroupCounts counts = counts_of(*report, outcome);

  if (scratch->batch.empty()) {
    give_back(std::move(scratch));
    stats_.record_stats_groups(counts);
    if (hash != Hash128{}) payloads_.finish(hash, {});
    return answer_outcome({}, "accepted");
  }
  // The body isn't needed any more; what waits for the disk is the frame.
  request.memory.reset();
  request.body = {};
  writer_.append(no_spans_, scratch->batch, hash,
                 [this, hash, answer_outcome, counts = std::move(counts)](const Result<void>& stored) mutable {
                   if (!stored && counts.stored > 0)
                     counts.refused[std::string(to_string(stored.error().code))] += std::exchange(counts.stored, 0);
                   stats_.record_stats_groups(counts);
                   if (hash != Hash128{}) payloads_.finish(hash, stored);
                   answer_outcome(stored, "accepted");
                 });
  give_back(std::move(scratch));
}

}  // namespace vizsla::intake
