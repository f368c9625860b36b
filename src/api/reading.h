// What all endpoints that read have in common: the store, the clock, and the way from a connection's thread to a worker
// and back.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "api/service_slots.h"
#include "base/clock.h"
#include "base/worker_pool.h"
#include "http/router.h"
#include "model/ids.h"
#include "store/span_store.h"

namespace vizsla::api {

// Borrowed by the endpoints for as long as they live.
struct Reading {
  store::SpanReader& spans;
  const Clock& clock;
  WorkerPool& workers;
  ServiceSlots& slots;
  std::chrono::milliseconds timeout{30'000};  // for one answer
};

// What a worker is asked to answer.
struct Call {
  const http::Request& request;
  std::string request_id;
  store::ReadLimits limits;  // from the arrival of the request on: waiting in line counts
};

using Answer = std::function<Result<http::Response>(const Call&)>;
using ErrorShape = std::function<http::Response(const Error&, const Call&)>;

// A GET route (or another method) whose answer is worked out on a worker thread, as long as the client waits for it.
// Errors take the given shape; those that are our fault, or the disk's, are logged under the request id.
http::Route reading_route(Reading& reading, std::string method, std::string pattern, Answer answer, ErrorShape shape);

http::Response plain_shape(const Error& error, const Call& call);
http::Response json_api_shape(const Error& error, const Call& call);
http::Response ui_shape(const Error& error, const Call& call);

// What `read` finds of the trace that the path names; by its second meaning (model::decimal_trace_id) where the first
// finds nothing. InvalidInput when it is no trace id; empty when there is nothing of it.
template <class Read>
Result<model::SpanSet> read_by_trace_id(const Call& call, Read&& read) {
  const std::string_view text = call.request.path_value("trace_id");
  VIZSLA_TRY(const model::TraceId id, model::parse_trace_id(text));
  VIZSLA_TRY(model::SpanSet spans, read(id));
  if (const auto other = model::decimal_trace_id(text); spans.empty() && other) {
    VIZSLA_TRY(spans, read(*other));
  }
  return spans;
}

// The trace that the route's {trace_id} names: all of its spans. NotFound when there is none.
Result<model::SpanSet> read_trace_of(Reading& reading, const Call& call, store::SpanDetail detail);

}  // namespace vizsla::api
