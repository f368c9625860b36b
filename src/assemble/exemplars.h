// Traces to look at when the numbers of a resource, or of all of an operation, raise a question: the slowest requests,
// those that failed, usual ones, the newest, and ones near a duration that somebody points at. Spans that are stored,
// so none that a sampler has dropped. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "query/span_search.h"
#include "query/time_range.h"
#include "sketch/duration_sketch.h"
#include "store/read_limits.h"
#include "store/span_store.h"

namespace vizsla::assemble {

struct ExemplarQuestion {
  std::string env;
  std::string service;
  std::string operation;
  std::optional<std::string> resource;  // nothing: all of the operation
  query::TimeRange range;
  query::DurationTerm durations{};  // only of these
  std::size_t most = 10;            // of each kind
  std::optional<double> near_ns;    // a duration that others are wanted for
};

// An entry span.
struct Exemplar {
  model::TraceId trace_id;
  model::SpanId span_id = model::kNoSpan;
  UnixNanos start_ns = 0;
  std::int64_t duration_ns = 0;
  bool error = false;
  double rank = 0;  // the share of the requests that took no longer
  std::string resource;
  std::string error_type;
  std::string error_message;  // first line
};

struct Exemplars {
  std::vector<Exemplar> slowest;
  std::vector<Exemplar> errors;   // the newest
  std::vector<Exemplar> typical;  // nearest to the median
  std::vector<Exemplar> newest;
  std::vector<Exemplar> near;  // nearest to near_ns
};

// `durations` are those of all requests in the range, whether their spans are stored or not, and however long.
Result<Exemplars> find_exemplars(store::SpanReader& spans, const sketch::DurationSketch& durations,
                                 const ExemplarQuestion& question, const store::ReadLimits& limits);

}  // namespace vizsla::assemble
