#include "intake/trace_intake.h"

#include <fmt/format.h>

#include "base/log.h"
#include "codec/traces_json.h"
#include "codec/traces_v04.h"
#include "codec/traces_v05.h"

namespace vizsla::intake {
namespace {

using codec::DecodeReport;
using model::SpanBatch;

// Probes of tracers (`90`, `92 90 90`, `[]`) are as small as this, and mean something each time (agent-protocol §1.6).
constexpr std::size_t kProbeBytesMax = 16;

// Scratch space of payloads larger than this isn't kept for the next one.
constexpr std::size_t kSpansKept = 100'000;

// The sampling rates that v0.4 and later answer with: keep everything.
constexpr std::string_view kRates = "{\"rate_by_service\":{\"service:,env:\":1}}\n";

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
  if (type == "application/msgpack") return codec::decode_traces_v04(request.body.bytes(), batch);
  auto report = codec::decode_traces_json(request.body.padded(), batch);
  if (report || type.empty() || type == "application/json" || type == "text/json") return report;
  // Neither says it is JSON nor looks like it: then msgpack.
  batch.clear();
  auto second = codec::decode_traces_v04(request.body.bytes(), batch);
  return second ? second : report;
}

Result<DecodeReport> decode_v05(const http::Request& request, SpanBatch& batch) {
  return codec::decode_traces_v05(request.body.bytes(), batch);
}

// "Boolean header" rule of agent-protocol §1.4: Java sends an empty value for false, Go "t", Node "yes".
bool is_true(std::string_view value) {
  constexpr std::string_view kFalse[] = {"", "0", "f", "F", "FALSE", "False", "false"};
  return std::find(std::begin(kFalse), std::end(kFalse), value) == std::end(kFalse);
}

// The container that the client names. Entity ids are "ci-<id>", "cid-<id>" or "in-<inode>", or a list of them; which
// container an inode belongs to isn't looked up yet.
std::string_view container_id(const http::Request& request) {
  std::string_view entity = request.headers.get("Datadog-Entity-ID");
  while (!entity.empty()) {
    const std::string_view part = entity.substr(0, entity.find(','));
    entity.remove_prefix(std::min(entity.size(), part.size() + 1));
    for (const std::string_view prefix : {"ci-", "cid-"}) {
      if (part.starts_with(prefix)) return part.substr(prefix.size());
    }
  }
  return request.headers.get("Datadog-Container-ID");
}

// What makes two requests the same: where it goes, who sends it, what it says.
Hash128 payload_hash(std::string_view route, const http::Request& request) {
  Hasher128 hasher;
  hasher.update_field(route);
  for (const std::string_view header :
       {"Content-Type", "Datadog-Meta-Lang", "Datadog-Meta-Tracer-Version", "Datadog-Entity-ID", "Datadog-Container-ID",
        "Datadog-Client-Computed-Top-Level"}) {
    hasher.update_field(request.headers.get(header));
  }
  hasher.update(request.body.bytes());
  return hasher.digest();
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
    services.push_back({std::string(batch.strings[service.service]), counts_of(service)});
  return services;
}

// What was to be stored is refused after all.
void refuse_stored(std::vector<model::ServiceSpans>& services, std::string_view reason) {
  for (model::ServiceSpans& service : services) {
    if (service.counts.stored > 0) service.counts.refused[std::string(reason)] += service.counts.stored;
    service.counts.stored = 0;
    service.counts.altered.clear();
  }
}

http::Response answer_ok() {
  http::Response response = http::text_response(200, "OK\n");
  response.content_type = "text/plain";
  return response;
}

http::Response answer_rates() {
  return http::json_response(200, std::string(kRates));
}

}  // namespace

struct TraceIntake::Version {
  std::string_view path;
  Result<DecodeReport> (*decode)(const http::Request&, SpanBatch&);
  http::Response (*answer)();
  int unavailable_status;  // v0.3 knows no 503 (architecture §5)
};

struct TraceIntake::Scratch {
  SpanBatch batch;
  pipeline::SpanNormalizer normalizer;
};

namespace {

constexpr int kUnavailableBeforeV04 = 500;
constexpr int kUnavailable = 503;

int status_of(const Error& error, int unavailable_status) {
  switch (error.code) {
    case ErrorCode::InvalidInput:
      return 400;
    case ErrorCode::LimitExceeded:
      return 413;
    default:
      return unavailable_status;
  }
}

http::Response refuse(http::Refused why, int unavailable_status) {
  if (why == http::Refused::NoRoom)
    return http::text_response(unavailable_status, "too much is being processed; try again\n");
  return http::refuse_in_plain_text(why);
}

}  // namespace

TraceIntake::TraceIntake(TraceIntakeSettings settings, const Clock& clock, store::SpanWriter& writer,
                         PayloadTable& payloads, IntakeStats& stats)
    : settings_(std::move(settings)), clock_(clock), writer_(writer), payloads_(payloads), stats_(stats) {}

TraceIntake::~TraceIntake() = default;

std::vector<std::string> TraceIntake::advertised_endpoints() {
  return {"/v0.3/traces", "/v0.3/services", "/v0.4/traces", "/v0.5/traces"};
}

void TraceIntake::add_routes(http::Router& router) {
  static constexpr Version kVersions[] = {
      {"/v0.3/traces", decode_by_media_type, answer_ok, kUnavailableBeforeV04},
      {"/v0.4/traces", decode_by_media_type, answer_rates, kUnavailable},
      {"/v0.5/traces", decode_v05, answer_rates, kUnavailable},
  };
  for (const Version& version : kVersions) {
    http::Route route{{"PUT", "POST"}, std::string(version.path), {}, settings_.body_bytes_max, {}};
    route.handler = [this, &version](http::Request request, http::Responder respond) {
      handle_traces(version, std::move(request), std::move(respond));
    };
    route.refuse = [this, &version](http::Refused why) {
      static constexpr std::string_view kOutcomes[] = {"payload_too_large", "no_room", "timeout", "malformed_http"};
      stats_.record_payload(version.path, kOutcomes[static_cast<std::size_t>(why)], 0);
      return refuse(why, version.unavailable_status);
    };
    router.add(std::move(route));
  }
  // What services are called and what they do is on the spans today; the list is taken and acknowledged.
  router.add({{"PUT", "POST"},
              "/v0.3/services",
              [this](const http::Request& request, http::Responder respond) {
                stats_.record_payload("/v0.3/services", "accepted", request.body.size());
                respond(answer_ok());
              },
              settings_.body_bytes_max});
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
  if (scratch == nullptr) scratch = std::make_unique<Scratch>();
  return scratch;
}

void TraceIntake::give_back(std::unique_ptr<Scratch> scratch) {
  if (scratch->batch.trace_id.capacity() > kSpansKept) return;
  scratch->batch.clear();
  scratch_.with([&](auto& free) { free.push_back(std::move(scratch)); });
}

void TraceIntake::handle_traces(const Version& version, http::Request request, http::Responder respond) {
  const std::size_t bytes = request.body.size();
  const auto answer = std::make_shared<http::Responder>(std::move(respond));
  const auto answer_outcome = [this, &version, answer, bytes](const Result<void>& outcome, std::string_view as) {
    if (outcome) {
      stats_.record_payload(version.path, as, bytes);
      (*answer)(version.answer());
    } else {
      stats_.record_payload(version.path, to_string(outcome.error().code), bytes);
      (*answer)(
          http::text_response(status_of(outcome.error(), version.unavailable_status), outcome.error().message + "\n"));
    }
  };

  const Hash128 hash = bytes <= kProbeBytesMax ? Hash128{} : payload_hash(version.path, request);
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
      stats_.record_spans({{"", counts}}, language, now);
    }
    give_back(std::move(scratch));
    const Error error = report.error();
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
  facts.container_id = container_id(request);
  facts.default_env = settings_.default_env;
  facts.default_host = settings_.host;
  facts.client_computed_top_level = is_true(request.headers.get("Datadog-Client-Computed-Top-Level"));
  std::vector<model::ServiceSpans> services = counts_of(scratch->normalizer.process(batch, facts, now), batch);

  if (batch.size() == 0) {
    give_back(std::move(scratch));
    stats_.record_spans(services, language, now);
    if (hash != Hash128{}) payloads_.finish(hash, {});
    return answer_outcome({}, "accepted");
  }
  // The body isn't needed any more; what waits for the disk is the frame.
  request.memory.reset();
  request.body = {};
  writer_.append(
      batch, hash,
      [this, hash, answer_outcome, services = std::move(services), language, now](const Result<void>& outcome) mutable {
        if (!outcome) refuse_stored(services, to_string(outcome.error().code));
        stats_.record_spans(services, language, now);
        if (hash != Hash128{}) payloads_.finish(hash, outcome);
        answer_outcome(outcome, "accepted");
      });
  give_back(std::move(scratch));
}

}  // namespace vizsla::intake
