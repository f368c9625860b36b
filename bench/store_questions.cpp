#include "bench/store_questions.h"

#include <limits>
#include <set>

#include <fmt/format.h>

namespace vizsla::bench {
namespace {

constexpr query::TimeRange kAlways{std::numeric_limits<UnixNanos>::min(), std::numeric_limits<UnixNanos>::max()};

Result<std::size_t> expect(std::string_view what, std::size_t found, std::size_t expected) {
  if (found == expected) return found;
  return fail(ErrorCode::Internal, fmt::format("expected {} {}, found {}", expected, what, found));
}

Question::Ask trace(Asker& asker, store::SpanDetail detail) {
  return [&asker, detail, request = asker.request()]() -> Result<std::size_t> {
    VIZSLA_TRY(const model::SpanSet set, asker.reader().read_trace({.low = request.trace_id}, detail, {}));
    return expect("spans", set.size(), request.spans);
  };
}

Question::Ask missing_trace(Asker& asker) {
  // Ids of the traffic have their first bit clear, as this one, and their last bit set.
  return [&asker, id = asker.number() >> 2 << 1]() -> Result<std::size_t> {
    VIZSLA_TRY(const model::SpanSet set, asker.reader().read_trace({.low = id}, store::SpanDetail::Everything, {}));
    return expect("spans", set.size(), 0);
  };
}

// The list of traces as api/ui_endpoints reads it: the traces that entry spans from new to old belong to, each once.
Question::Ask newest_traces(Asker& asker, query::TimeRange time, std::size_t limit) {
  return [&asker, time, limit]() -> Result<std::size_t> {
    query::SpanSearch search;
    search.time = time;
    search.filter.terms = {query::EntryTerm{}};
    search.limit = 200;
    std::set<std::uint64_t> seen;
    std::size_t listed = 0;
    for (bool more = true; more && listed < limit;) {
      VIZSLA_TRY(const store::SpanPage page, asker.reader().search(search, store::SpanDetail::Place, {}));
      std::vector<model::TraceId> ids;
      for (const model::Span& span : page.spans.spans) {
        if (listed + ids.size() == limit) break;
        search.after = position_of(span, search.order);
        if (seen.insert(span.trace_id.low).second) ids.push_back({.low = span.trace_id.low});
      }
      search.sequence_max = page.sequence_max;
      more = page.more;
      VIZSLA_TRY(const store::TraceSet set, asker.reader().read_traces(ids, store::SpanDetail::Outline, {}));
      for (const auto& spans : set.traces) {
        if (spans.empty()) return fail(ErrorCode::Internal, "a trace whose entry span was found has no spans");
      }
      listed += ids.size();
    }
    return listed;
  };
}

// Twenty spans.
Question::Ask spans(Asker& asker, query::TimeRange time, const query::SpanFilter& filter, query::SpanOrder order) {
  query::SpanSearch search;
  search.time = time;
  search.filter = filter;
  search.order = order;
  search.limit = 20;
  return [&asker, search]() -> Result<std::size_t> {
    VIZSLA_TRY(const store::SpanPage page, asker.reader().search(search, store::SpanDetail::Everything, {}));
    return page.spans.size();
  };
}

const query::SpanFilter kErrors{.terms = {query::ErrorTerm{}}};

// What a person at the search field asks: each with values of a request that is there.
Question::Ask service_and_operation(Asker& asker) {
  const TrafficSpan span = asker.span();
  return spans(asker, asker.time_in_the_middle(15 * kNanosPerMinute),
               {.terms = {query::FieldTerm{"service", std::string(span.service)},
                          query::FieldTerm{"operation_name", std::string(span.operation)}}},
               query::SpanOrder::NewestFirst);
}

Question::Ask errors_of_service(Asker& asker) {
  return spans(asker, asker.time_in_the_middle(kNanosPerDay / 4),
               {.terms = {query::ErrorTerm{}, query::FieldTerm{"service", std::string(asker.span().service)}}},
               query::SpanOrder::NewestFirst);
}

Question::Ask slowest_of_service(Asker& asker) {
  return spans(asker, asker.time_in_the_middle(kNanosPerDay / 4),
               {.terms = {{query::ErrorTerm{}, true}, query::FieldTerm{"service", std::string(asker.span().service)}}},
               query::SpanOrder::SlowestFirst);
}

// A value that one span in all has, or a few.
Question::Ask rare_tag(Asker& asker) {
  for (;;) {
    const TrafficSpan span = asker.span();
    for (const auto& [key, value] : span.meta) {
      if (key != "http.url") continue;
      const auto ask =
          spans(asker, kAlways, {.terms = {query::TagTerm{"http.url", value}}}, query::SpanOrder::NewestFirst);
      return [ask]() -> Result<std::size_t> {
        VIZSLA_TRY(const std::size_t found, ask());
        if (found == 0) return fail(ErrorCode::Internal, "a tag that was sent isn't found");
        return found;
      };
    }
  }
}

constexpr Question kQuestions[] = {
    {"trace", "a trace of some 35 spans by its id", [](Asker& a) { return trace(a, store::SpanDetail::Everything); }},
    {"trace-outline", "what a timeline shows of it", [](Asker& a) { return trace(a, store::SpanDetail::Outline); }},
    {"trace-missing", "an id that isn't there", missing_trace},
    {"list-newest", "the newest 50 traces, however old", [](Asker& a) { return newest_traces(a, kAlways, 50); }},
    {"list-hour", "the newest 50 traces of the last hour, as the UI's first page asks",
     [](Asker& a) { return newest_traces(a, {a.filled().end_ns - kNanosPerHour, a.filled().end_ns}, 50); }},
    {"list-middle", "the newest 50 traces of some 15 minutes in the middle of the data",
     [](Asker& a) { return newest_traces(a, a.time_in_the_middle(15 * kNanosPerMinute), 50); }},
    {"errors-newest", "the newest 20 failed spans, however old",
     [](Asker& a) { return spans(a, kAlways, kErrors, query::SpanOrder::NewestFirst); }},
    {"errors-oldest", "the oldest 20 failed spans",
     [](Asker& a) { return spans(a, kAlways, kErrors, query::SpanOrder::OldestFirst); }},
    {"spans-oldest", "the oldest 20 spans",
     [](Asker& a) { return spans(a, kAlways, {}, query::SpanOrder::OldestFirst); }},
    {"service-operation", "the newest 20 spans of a service and operation in 15 minutes", service_and_operation},
    {"service-errors", "the newest 20 failed spans of a service in six hours", errors_of_service},
    {"slow", "the newest 20 spans of more than five seconds in six hours",
     [](Asker& a) {
       return spans(a, a.time_in_the_middle(kNanosPerDay / 4), {.terms = {query::DurationTerm{5 * kNanosPerSecond}}},
                    query::SpanOrder::NewestFirst);
     }},
    {"slow-none", "spans of more than an hour, of which there are none, over everything",
     [](Asker& a) {
       return spans(a, kAlways, {.terms = {query::DurationTerm{kNanosPerHour}}}, query::SpanOrder::NewestFirst);
     }},
    {"tag-rare", "a URL that hardly another span has, over everything", rare_tag},
    {"tag-nowhere", "a tag that no span has, over everything",
     [](Asker& a) {
       return spans(a, kAlways, {.terms = {query::TagTerm{"user.id", fmt::format("nobody-{}", a.number())}}},
                    query::SpanOrder::NewestFirst);
     }},
    {"number-nowhere", "a number that no span has in a tag, as text or number, over everything",
     [](Asker& a) {
       const std::uint64_t number = 1'000'000'007 + a.number();
       return spans(a, kAlways,
                    {.terms = {query::TagTerm{"user.id", std::to_string(number), static_cast<double>(number)}}},
                    query::SpanOrder::NewestFirst);
     }},
    {"slowest", "the slowest 20 spans over everything",
     [](Asker& a) { return spans(a, kAlways, {}, query::SpanOrder::SlowestFirst); }},
    {"slowest-service", "the slowest 20 spans of a service that didn't fail in six hours", slowest_of_service},
};

}  // namespace

std::span<const Question> questions() {
  return kQuestions;
}

Asker::Request Asker::request() {
  for (;;) {
    const std::vector<TrafficChunk> chunks = traffic_.request(random_() % filled_.requests, filled_.start_ns);
    Request request{chunks.front().front().trace_id, 0};
    for (const TrafficChunk& chunk : chunks) request.spans += chunk.size();
    if (chunks.size() > 1 && request.spans >= 30 && request.spans <= 40) return request;
  }
}

TrafficSpan Asker::span() {
  std::vector<TrafficChunk> chunks = traffic_.request(random_() % filled_.requests, filled_.start_ns);
  TrafficChunk& chunk = chunks[random_() % chunks.size()];
  return std::move(chunk[random_() % chunk.size()]);
}

query::TimeRange Asker::time_in_the_middle(std::int64_t length_ns) {
  const std::int64_t quarter = (filled_.end_ns - filled_.start_ns) / 4;
  const UnixNanos from =
      filled_.start_ns + quarter + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(2 * quarter));
  return {from, from + length_ns};
}

}  // namespace vizsla::bench
