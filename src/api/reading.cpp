#include "api/reading.h"

#include <fmt/format.h>

#include "api/errors.h"
#include "base/log.h"

namespace vizsla::api {
namespace {

// Whether somebody who watches the server should know.
bool is_worth_a_line(ErrorCode code) {
  return code == ErrorCode::Corrupt || code == ErrorCode::Internal || code == ErrorCode::Timeout ||
         code == ErrorCode::Unavailable;
}

}  // namespace

http::Response plain_shape(const Error& error, const Call&) {
  return plain_error(error);
}

http::Response json_api_shape(const Error& error, const Call&) {
  return json_api_error(error);
}

http::Response ui_shape(const Error& error, const Call& call) {
  return ui_error(error, call.request_id);
}

http::Route reading_route(Reading& reading, std::string method, std::string pattern, Answer answer, ErrorShape shape) {
  http::Route route{{std::move(method)}, std::move(pattern), {}};
  route.stops_without_client = true;
  route.handler = [&reading, answer = std::move(answer), shape = std::move(shape)](http::Request given,
                                                                                   http::Responder respond) {
    const auto request = std::make_shared<const http::Request>(std::move(given));
    const auto responder = std::make_shared<http::Responder>(std::move(respond));
    const std::string id = new_request_id();
    const store::ReadLimits limits{std::chrono::steady_clock::now() + reading.timeout, request->client_gone};
    const bool taken = reading.workers.try_run([request, responder, id, limits, &answer, &shape] {
      const Call call{*request, id, limits};
      Result<http::Response> outcome = answer(call);
      if (outcome) return (*responder)(std::move(*outcome));
      if (is_worth_a_line(outcome.error().code)) {
        const auto fault = outcome.error().code == ErrorCode::Internal ? log::Fault::Ours : log::Fault::Environment;
        log::warn(fault, "read_failed", "{} {} (request {}): {}", request->method, request->path, id,
                  outcome.error().message);
      }
      (*responder)(shape(outcome.error(), call));
    });
    if (!taken)
      (*responder)(
          shape({ErrorCode::Unavailable, "too many questions at once; try again"}, Call{*request, id, limits}));
  };
  return route;
}

Result<model::SpanSet> read_trace_of(Reading& reading, const Call& call, store::SpanDetail detail) {
  VIZSLA_TRY(model::SpanSet spans, read_by_trace_id(call, [&](model::TraceId id) {
               return reading.spans.read_trace(id, detail, call.limits);
             }));
  if (spans.empty())
    return fail(ErrorCode::NotFound, fmt::format("no span of trace {} is here", call.request.path_value("trace_id")));
  return spans;
}

}  // namespace vizsla::api
