#include "intake/trace_intake.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/check.h"
#include "base/log.h"
#include "codec/agent_payload.h"
#include "codec/services.h"
#include "codec/traces_json.h"
#include "codec/traces_v04.h"
#include "codec/traces_v05.h"
#include "codec/traces_v07.h"
#include "codec/traces_v1.h"
#include "intake/payload_request.h"
#include "pipeline/normalize_names.h"

namespace vizsla::intake {
namespace {

using codec::DecodeReport;
using model::SpanBatch;

constexpr std::string_view kMsgpack = "application/msgpack";

// Lists of services are short.
constexpr std::uint64_t kServicesBytesMax = 1 << 20;
constexpr std::size_t kDeclaredBytesMax = 100;  // as the type of a span

// Scratch space of payloads larger than this isn't kept for the next one.
constexpr std::size_t kSpansKept = 100'000;

// What v0.4 and later answer a client with that has the newest sampling rates already (agent-protocol §1.5).
constexpr std::string_view kNothingNew = "{}\n";
constexpr const char* kRatesVersionHeader = "Datadog-Rates-Payload-Version";

// The media type without its parameters, lower-case.
std::string media_type(const http::Request& request) {
  std::string_view type = request.headers.get("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  std::string lower(type);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

Result<DecodeReport> decode_by_media_type(const http::Request& request, SpanBatch& batch) {
  const std::string type = media_type(request);
  if (type == kMsgpack) return codec::decode_traces_v04(request.body.bytes(), batch);
  auto report = codec::decode_traces_json(request.body.padded(), batch);
  if (report || type.empty() || type == "application/json" || type == "text/json") return report;
  // Neither says it is JSON nor looks like it: then msgpack.
  batch.clear();
  auto second = codec::decode_traces_v04(request.body.bytes(), batch);
  return second ? second : report;
}

Result<DecodeReport> decode_v01(const http::Request& request, SpanBatch& batch) {
  return codec::decode_spans_json(request.body.padded(), batch);
}

Result<DecodeReport> decode_v02(const http::Request& request, SpanBatch& batch) {
  return codec::decode_traces_json(request.body.padded(), batch);
}

// From v0.5 on the media type says nothing (agent-protocol §1.3).
template <Result<DecodeReport> (*kDecode)(Bytes, SpanBatch&)>
Result<DecodeReport> decode_bytes(const http::Request& request, SpanBatch& batch) {
  return kDecode(request.body.bytes(), batch);
}

// "Boolean header" rule of agent-protocol §1.4: Java sends an empty value for false, Go "t", Node "yes".
bool is_true(std::string_view value) {
  constexpr std::string_view kFalse[] = {"", "0", "f", "F", "FALSE", "False", "false"};
  return std::find(std::begin(kFalse), std::end(kFalse), value) == std::end(kFalse);
}

model::SpanCounts counts_of(const pipeline::NormalizeReport::Service& service) {
  model::SpanCounts counts;
  counts.received = counts.stored = service.received;
  for (std::size_t i = 0; i < pipeline::kRefusals; ++i) {
    if (service.refused[i] == 0) continue;
    counts.refused[std::string(to_string(static_cast<pipeline::Refusal>(i)))] = service.refused[i];
    counts.stored -= service.refused[i];
  }
  for (std::size_t i = 0; i < pipeline::kAlterations; ++i) {
    if (service.altered[i] > 0)
      counts.altered[std::string(to_string(static_cast<pipeline::Alteration>(i)))] = service.altered[i];
  }
  return counts;
}

std::vector<model::ServiceSpans> counts_of(const pipeline::NormalizeReport& report, const SpanBatch& batch) {
  std::vector<model::ServiceSpans> services;
  for (const auto& service : report.services)
    services.push_back(
        {std::string(batch.strings[service.service]), std::string(batch.strings[service.type]), counts_of(service)});
  return services;
}

// Spans that were counted and not kept: accounted for with why.
void leave_out(const pipeline::SamplingReport& report, const SpanBatch& batch,
               std::vector<model::ServiceSpans>& services) {
  for (const pipeline::SamplingReport::Service& sampled : report.services) {
    const auto service = std::find_if(services.begin(), services.end(), [&](const model::ServiceSpans& candidate) {
      return candidate.service == batch.strings[sampled.service];
    });
    if (service == services.end()) continue;
    for (std::size_t i = 0; i < pipeline::kDropReasons; ++i) {
      if (sampled.dropped[i] == 0) continue;
      service->counts.refused[fmt::format("sampled_{}", to_string(static_cast<pipeline::DropReason>(i)))] +=
          sampled.dropped[i];
      service->counts.stored -= sampled.dropped[i];
    }
  }
}

// 0 for what is no number.
std::uint64_t number_header(const http::Request& request, std::string_view name) {
  const std::string_view text = request.headers.get(name);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// What was to be stored is refused after all.
void refuse_stored(std::vector<model::ServiceSpans>& services, std::string_view reason) {
  for (model::ServiceSpans& service : services) {
    if (service.counts.stored > 0) service.counts.refused[std::string(reason)] += service.counts.stored;
    service.counts.stored = 0;
    service.counts.altered.clear();
  }
}

http::Response answer_ok(std::string_view, const pipeline::TracerRates&) {
  http::Response response = http::text_response(200, "OK\n");
  response.content_type = "text/plain";
  return response;
}

http::Response answer_accepted(std::string_view, const pipeline::TracerRates&) {
  return http::json_response(202, "{}");
}

http::Response answer_rates(std::string_view known_version, const pipeline::TracerRates& rates) {
  if (known_version.empty()) return http::json_response(200, rates.body);
  http::Response response =
      http::json_response(200, known_version == rates.version ? std::string(kNothingNew) : rates.body);
  response.headers.emplace_back(kRatesVersionHeader, rates.version);
  return response;
}

}  // namespace

struct TraceIntake::Version {
  std::string_view path;
  Result<DecodeReport> (*decode)(const http::Request&, SpanBatch&);
  http::Response (*answer)(std::string_view known_rates_version, const pipeline::TracerRates& rates);
  int unavailable_status;   // v0.3 and before know no 503 (architecture §5)
  bool json_only = false;   // msgpack is refused with 415
  bool from_agent = false;  // what an Agent passes on
};

struct TraceIntake::Scratch {
  SpanBatch batch;
  model::StatsBatch stats;
  pipeline::TracePipeline pipeline;
  pipeline::ChunkSampler sampler;
};

namespace {

constexpr int kUnavailableBeforeV04 = 500;

}  // namespace

TraceIntake::TraceIntake(TraceIntakeSettings settings, const Clock& clock, store::SpanWriter& writer,
                         PayloadTable& payloads, StatsLimits& limits, IntakeStats& stats)
    : settings_(std::move(settings)),
      clock_(clock),
      writer_(writer),
      payloads_(payloads),
      limits_(limits),
      stats_(stats),
      containers_(clock, {}),
      sampling_(pipeline::SamplerState::create(settings_.sampling, settings_.default_env).value()) {}

TraceIntake::~TraceIntake() = default;

void TraceIntake::set_remote_sampling(const model::RemoteSampling& remote) {
  const auto configured =
      sampling_->configure(pipeline::resolve_sampling(remote, settings_.default_env, settings_.sampling));
  VIZSLA_CHECK(configured.has_value());  // both have been checked, each by whoever read it
}

std::vector<std::string> TraceIntake::advertised_endpoints() {
  return {"/v0.3/traces", "/v0.3/services", "/v0.4/traces", "/v0.4/services",
          "/v0.5/traces", "/v0.7/traces",   "/v1.0/traces"};
}

void TraceIntake::add_routes(http::Router& router) {
  static constexpr Version kVersions[] = {
      {"/spans", decode_v01, answer_ok, kUnavailableBeforeV04, true},
      {"/v0.1/spans", decode_v01, answer_ok, kUnavailableBeforeV04, true},
      {"/v0.2/traces", decode_v02, answer_ok, kUnavailableBeforeV04, true},
      {"/v0.3/traces", decode_by_media_type, answer_ok, kUnavailableBeforeV04},
      {"/v0.4/traces", decode_by_media_type, answer_rates, kUnavailable},
      {"/v0.5/traces", decode_bytes<codec::decode_traces_v05>, answer_rates, kUnavailable},
      {"/v0.7/traces", decode_bytes<codec::decode_traces_v07>, answer_rates, kUnavailable},
      {"/v1.0/traces", decode_bytes<codec::decode_traces_v1>, answer_rates, kUnavailable},
  };
  for (const Version& version : kVersions) add_route(router, version, settings_.body_bytes_max);
  add_agent_routes(router);
  for (const std::string_view path :
       {"/services", "/v0.1/services", "/v0.2/services", "/v0.3/services", "/v0.4/services"}) {
    http::Route route{{"PUT", "POST"}, std::string(path), {}, kServicesBytesMax};
    route.decodes_content = true;
    route.handler = [this, path](const http::Request& request, http::Responder respond) {
      handle_services(path, request);
      respond(answer_ok({}, {}));
    };
    router.add(std::move(route));
  }
}

void TraceIntake::add_agent_routes(http::Router& router) {
  static constexpr Version kFromAgent{
      "/api/v0.2/traces", decode_bytes<codec::decode_agent_payload>, answer_accepted, kUnavailable, false, true};
  add_route(router, kFromAgent, std::max(settings_.body_bytes_max, kAgentBodyBytesMin));
}

void TraceIntake::add_route(http::Router& router, const Version& version, std::uint64_t body_bytes_max) {
  http::Route route{{"PUT", "POST"}, std::string(version.path), {}, body_bytes_max, {}};
  route.decodes_content = true;
  route.handler = [this, &version](http::Request request, http::Responder respond) {
    handle_traces(version, std::move(request), std::move(respond));
  };
  route.refuse = [this, &version](http::Refused why) {
    stats_.record_payload(version.path, outcome_of(why), 0);
    return refuse(why, version.unavailable_status);
  };
  router.add(std::move(route));
}

// The Agent ignores them, and answers OK whatever they say; so do we, but keep what can be read.
void TraceIntake::handle_services(std::string_view path, const http::Request& request) {
  auto services = media_type(request) == kMsgpack ? codec::decode_services_msgpack(request.body.bytes())
                                                  : codec::decode_services_json(request.body.padded());
  stats_.record_payload(path, services ? "accepted" : "ignored", request.body.size());
  if (!services) return;
  for (model::DeclaredService& service : *services) {
    // Under the name that its spans have, so that the two meet.
    service.service = pipeline::normalize_service(service.service, "").name;
    if (service.service.empty() || std::max(service.app.size(), service.type.size()) > kDeclaredBytesMax) continue;
    if (stats_.declare(service) && on_declared_) on_declared_(service);
  }
}

std::unique_ptr<TraceIntake::Scratch> TraceIntake::take_scratch() {
  auto scratch = scratch_.with([](auto& free) {
    std::unique_ptr<Scratch> taken;
    if (!free.empty()) {
      taken = std::move(free.back());
      free.pop_back();
    }
    return taken;
  });
  if (scratch != nullptr) return scratch;
  auto pipeline = pipeline::TracePipeline::create(settings_.pipeline);
  VIZSLA_CHECK(pipeline.has_value());  // who made the settings has checked them
  return std::make_unique<Scratch>(Scratch{{}, {}, std::move(*pipeline), pipeline::ChunkSampler(*sampling_)});
}

void TraceIntake::give_back(std::unique_ptr<Scratch> scratch) {
  if (scratch->batch.trace_id.capacity() > kSpansKept) return;
  scratch->batch.clear();
  scratch->stats.clear();
  scratch_.with([&](auto& free) { free.push_back(std::move(scratch)); });
}

void TraceIntake::handle_traces(const Version& version, http::Request request, http::Responder respond) {
  const std::size_t bytes = request.body.size();
  if (version.json_only && media_type(request) == kMsgpack) {
    stats_.record_payload(version.path, "unsupported_media_type", bytes);
    return respond(http::text_response(415, fmt::format("unsupported media type: \"{}\"\n", kMsgpack)));
  }
  const auto answer = std::make_shared<http::Responder>(std::move(respond));
  const std::string rates_version(request.headers.get(kRatesVersionHeader));
  const auto answer_outcome = [this, &version, answer, bytes, rates_version](const Result<void>& outcome,
                                                                             std::string_view as) {
    if (outcome) {
      stats_.record_payload(version.path, as, bytes);
      (*answer)(version.answer(rates_version, *sampling_->rates()));
    } else {
      stats_.record_payload(version.path, to_string(outcome.error().code), bytes);
      (*answer)(
          http::text_response(status_of(outcome.error(), version.unavailable_status), outcome.error().message + "\n"));
    }
  };

  const Hash128 hash = payload_hash(version.path, request, {"Datadog-Client-Computed-Top-Level"});
  if (hash != Hash128{}) {
    const auto seen =
        payloads_.begin(hash, [answer_outcome](const Result<void>& outcome) { answer_outcome(outcome, "repeated"); });
    if (seen == PayloadTable::Seen::InFlight) return;
    if (seen == PayloadTable::Seen::Stored) return answer_outcome({}, "repeated");
  }

  std::unique_ptr<Scratch> scratch = take_scratch();
  SpanBatch& batch = scratch->batch;
  const auto report = version.decode(request, batch);
  const UnixNanos now = clock_.now();
  const std::string language(request.headers.get("Datadog-Meta-Lang"));
  if (!report) {
    // Spans before the broken place were understood, but are part of a payload that is refused.
    if (batch.size() > 0) {
      model::SpanCounts counts;
      counts.received = batch.size();
      counts.refused["decoding_error"] = batch.size();
      stats_.record_spans({{"", "", counts}}, language, now);
    }
    give_back(std::move(scratch));
    const Error& error = report.error();
    log::warn(log::Fault::Client, version.path, "refused a payload of {} bytes to {} from a {} tracer ({}): {}", bytes,
              version.path, language.empty() ? "?" : language, request.headers.get("Datadog-Meta-Tracer-Version"),
              error.message);
    if (hash != Hash128{}) payloads_.finish(hash, fail(error));
    return answer_outcome(fail(error), "");
  }
  stats_.record_repairs(report->repaired_strings, report->coerced_values);

  pipeline::PayloadFacts facts;
  facts.language = language;
  facts.tracer_version = request.headers.get("Datadog-Meta-Tracer-Version");
  const std::string container_id = containers_.of(request);
  facts.container_id = container_id;
  facts.process_tags = request.headers.get("X-Datadog-Process-Tags");
  facts.default_env = settings_.default_env;
  facts.default_host = settings_.host;
  facts.from_agent = version.from_agent;
  facts.client_computed_stats = is_true(request.headers.get("Datadog-Client-Computed-Stats"));
  facts.client_computed_top_level = is_true(request.headers.get("Datadog-Client-Computed-Top-Level"));
  std::vector<model::ServiceSpans> services =
      counts_of(scratch->pipeline.process(batch, facts, now, scratch->stats), batch);

  const pipeline::ConcentratorReport counted = scratch->pipeline.counted();
  limits_.apply(scratch->stats, now);
  if (settings_.sampling.enabled) {
    pipeline::SamplingFacts sampling;
    sampling.from_agent = version.from_agent;
    sampling.client_dropped_p0_traces = number_header(request, "Datadog-Client-Dropped-P0-Traces");
    leave_out(scratch->sampler.process(batch, sampling, now), batch, services);
  }

  if (batch.size() == 0 && scratch->stats.empty()) {
    give_back(std::move(scratch));
    stats_.record_spans(services, language, now);
    if (hash != Hash128{}) payloads_.finish(hash, {});
    return answer_outcome({}, "accepted");
  }
  // The body isn't needed any more; what waits for the disk is the frame.
  request.memory.reset();
  request.body = {};
  writer_.append(batch, scratch->stats, hash,
                 [this, hash, answer_outcome, services = std::move(services), language, now,
                  counted = model::CountedSpans{counted.counted, counted.too_old, counted.too_new}](
                     const Result<void>& outcome) mutable {
                   if (!outcome) refuse_stored(services, to_string(outcome.error().code));
                   if (outcome) stats_.record_counted(counted);
                   stats_.record_spans(services, language, now);
                   if (hash != Hash128{}) payloads_.finish(hash, outcome);
                   answer_outcome(outcome, "accepted");
                 });
  give_back(std::move(scratch));
}

}  // namespace vizsla::intake
