#include "api/trace_endpoints.h"

#include <set>

#include "api/errors.h"
#include "api/span_json.h"
#include "assemble/trace_view.h"

namespace vizsla::api {
namespace {

// Repeated, or separated by commas.
std::set<std::string, std::less<>> included_fields(const http::Request& request) {
  std::set<std::string, std::less<>> fields;
  for (std::string_view list : request.query_values("include_fields")) {
    while (!list.empty()) {
      const std::string_view name = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), name.size() + 1));
      if (!name.empty()) fields.emplace(name);
    }
  }
  return fields;
}

// The 128-bit id, as far as any span knows it.
model::TraceId full_id(const model::SpanSet& spans) {
  model::TraceId id = spans[0].trace_id;
  for (const model::Span& span : spans.spans) {
    if (id.high == 0) id.high = span.trace_id.high;
  }
  return id;
}

Result<http::Response> trace_v2(Reading& reading, const Call& call) {
  VIZSLA_TRY(const model::SpanSet spans, read_trace_of(reading, call, store::SpanDetail::Everything));
  const assemble::TraceView view = assemble::view_trace(spans);
  const auto fields = included_fields(call.request);
  const model::TraceId id = full_id(spans);
  JsonWriter json;
  json.object([&] {
    json.key("data").object([&] {
      json.field("id", to_hex(id));
      json.field("type", "trace");
      json.key("attributes").object([&] {
        json.field("is_truncated", false);
        json.key("spans").array([&] {
          for (std::size_t place = 0; place < view.span.size(); ++place) {
            model::Span span = spans[view.span[place]];
            if (span.trace_id.high == 0) span.trace_id.high = id.high;
            write_span_v2(json, span, view.self_ns[place], fields);
          }
        });
      });
    });
  });
  http::Response response = http::json_response(200, json.text());
  response.content_type = kJsonApi;
  return response;
}

Result<http::Response> trace_v1(Reading& reading, const Call& call) {
  VIZSLA_TRY(const model::SpanSet spans, read_trace_of(reading, call, store::SpanDetail::Everything));
  const assemble::TraceView view = assemble::view_trace(spans);
  JsonWriter json;
  const auto write_body = [&] {
    json.field("root_id", std::to_string(static_cast<std::uint64_t>(spans[view.span[view.root]].span_id)));
    json.key("spans").object([&] {
      for (const std::uint32_t i : view.span) {
        json.key(std::to_string(static_cast<std::uint64_t>(spans[i].span_id)));
        write_span_v1(json, spans[i]);
      }
    });
  };
  json.object([&] {
    json.key("trace").object(write_body);
    write_body();
  });
  return http::json_response(200, json.text());
}

}  // namespace

void add_trace_endpoints(http::Router& router, Reading& reading) {
  router.add(reading_route(
      reading, "GET", "/api/v2/trace/{trace_id}", [&reading](const Call& call) { return trace_v2(reading, call); },
      json_api_shape));
  router.add(reading_route(
      reading, "GET", "/api/v1/trace/{trace_id}", [&reading](const Call& call) { return trace_v1(reading, call); },
      plain_shape));
}

}  // namespace vizsla::api
