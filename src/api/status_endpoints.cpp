#include "api/status_endpoints.h"

#include "base/json_writer.h"

namespace vizsla::api {
namespace {

void write_counts(JsonWriter& json, const model::SpanCounts& counts) {
  const auto write_reasons = [&](std::string_view name, const model::ReasonCounts& reasons) {
    json.key(name).object([&] {
      for (const auto& [reason, count] : reasons) json.field(reason, count);
    });
  };
  json.field("received", counts.received);
  json.field("stored", counts.stored);
  write_reasons("refused", counts.refused);
  write_reasons("altered", counts.altered);
}

http::Response status_answer(const ServerStatus& status) {
  JsonWriter json;
  json.object([&] {
    json.field("version", status.version);
    json.field("started_ns", std::to_string(status.started_ns));
    json.field("now_ns", std::to_string(status.now_ns));
    json.key("agent").object([&] {
      json.list("urls", status.agent_urls);
      json.key("socket");
      if (status.agent_socket.empty()) {
        json.null();
      } else {
        json.value(status.agent_socket);
      }
    });
    json.key("ui").object([&] { json.field("url", status.ui_url); });
    json.field("default_env", status.default_env);
    json.field("first_span_received", status.first_span_received);
    json.field("spans_stored", status.spans_stored);
    json.field("data_dir", status.data_dir);
    json.field("durable", status.durable);
  });
  return http::json_response(200, json.text());
}

http::Response intake_answer(const model::IntakeCounts& counts, UnixNanos since_ns) {
  JsonWriter json;
  json.object([&] {
    json.field("since_ns", std::to_string(since_ns));
    json.key("total").object([&] { write_counts(json, counts.total); });
    json.key("services").array([&] {
      for (const model::ServiceTotals& service : counts.services) {
        json.object([&] {
          json.field("service", service.service);
          json.field("app", service.app);
          json.field("type", service.type);
          json.field("language", service.language);
          json.field("last_received_ns", std::to_string(service.last_received_ns));
          write_counts(json, service.counts);
        });
      }
    });
    json.key("payloads").array([&] {
      for (const model::PayloadTotals& payload : counts.payloads) {
        json.object([&] {
          json.field("route", payload.route);
          json.field("outcome", payload.outcome);
          json.field("requests", payload.requests);
          json.field("bytes", payload.bytes);
        });
      }
    });
  });
  return http::json_response(200, json.text());
}

}  // namespace

void add_status_endpoints(http::Router& router, const StatusSources& sources) {
  const auto add = [&](std::string pattern, std::function<http::Response()> answer) {
    router.add({{"GET"},
                std::move(pattern),
                [answer = std::move(answer)](const http::Request&, http::Responder respond) { respond(answer()); }});
  };
  add("/healthz", [] { return http::text_response(200, "ok\n"); });
  add("/readyz", [readiness = sources.readiness] {
    const Result<void> ready = readiness();
    return ready ? http::text_response(200, "ok\n") : http::text_response(503, ready.error().message + "\n");
  });
  add("/metrics", [metrics = sources.metrics] {
    http::Response response = http::text_response(200, metrics());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  });
  add("/api/ui/status", [status = sources.status] { return status_answer(status()); });
  add("/api/ui/intake",
      [status = sources.status, intake = sources.intake] { return intake_answer(intake(), status().started_ns); });
}

}  // namespace vizsla::api
