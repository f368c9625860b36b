#include "api/sampling_endpoints.h"

#include "base/json_writer.h"
#include "query/time_range.h"

namespace vizsla::api {
namespace {

// Of so many as there may be; the count says how many there are.
constexpr std::size_t kTracersShownMax = 1000;

http::Response sampling_answer(const SamplingAccess::Status& status) {
  JsonWriter json;
  json.object([&] {
    json.field("remote_config", status.remote_config);
    json.field("source", status.from_settings ? "settings" : "api");
    json.key("apm_tracing").raw(status.apm_tracing);
    json.key("apm_sampling");
    if (status.apm_sampling.empty()) {
      json.null();
    } else {
      json.raw(status.apm_sampling);
    }
    json.field("tracer_count", status.tracers.size());
    json.key("tracers").array([&] {
      for (const SamplingAccess::Tracer& tracer : status.tracers) {
        if (&tracer - status.tracers.data() == std::ptrdiff_t{kTracersShownMax}) break;
        json.object([&] {
          json.field("service", tracer.service);
          json.field("env", tracer.env);
          json.field("language", tracer.language);
          json.field("tracer_version", tracer.version);
          json.field("state", tracer.state);
          json.key("error");
          if (tracer.error.empty()) {
            json.null();
          } else {
            json.value(tracer.error);
          }
          json.field("last_seen", query::format_time(tracer.last_seen_ns, 3));
        });
      }
    });
  });
  return http::json_response(200, json.text());
}

}  // namespace

void add_sampling_endpoints(http::Router& router, Reading& reading, Reading& changing, const SamplingAccess& sampling) {
  const auto add = [&](Reading& on, std::string method, Answer answer) {
    router.add(reading_route(on, std::move(method), "/api/ui/sampling", std::move(answer), ui_shape));
  };
  add(reading, "GET", [sampling](const Call&) -> Result<http::Response> { return sampling_answer(sampling.get()); });
  add(changing, "PUT", [sampling](const Call& call) -> Result<http::Response> {
    const Bytes body = call.request.body.bytes();
    VIZSLA_TRY_VOID(sampling.set({reinterpret_cast<const char*>(body.data()), body.size()}));
    return sampling_answer(sampling.get());
  });
  add(changing, "DELETE", [sampling](const Call&) -> Result<http::Response> {
    VIZSLA_TRY_VOID(sampling.clear());
    return sampling_answer(sampling.get());
  });
}

}  // namespace vizsla::api
