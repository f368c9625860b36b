#include "assemble/exemplars.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "assemble/trace_summary.h"

namespace vizsla::assemble {
namespace {

// How far from a duration spans are looked for, as a factor: the first that has enough is taken. A sketch is right to
// 1 %, so there is no point in less.
constexpr double kReaches[] = {1.02, 1.1, 1.5, 10};
// Of spans that are near enough, how many are looked at to find the nearest.
constexpr std::uint32_t kLookAt = 100;

class Finder {
 public:
  Finder(store::SpanReader& spans, const sketch::DurationSketch& durations, const ExemplarQuestion& question,
         const store::ReadLimits& limits)
      : spans_(spans), durations_(durations), question_(question), limits_(limits) {}

  Result<std::vector<Exemplar>> find(query::SpanOrder order, const std::optional<query::SpanTerm>& term) const {
    return search(order, term, static_cast<std::uint32_t>(question_.most));
  }

  // Nearest first, of equals the newest.
  Result<std::vector<Exemplar>> near(double ns) const {
    std::vector<Exemplar> found;
    for (const double reach : kReaches) {
      const query::DurationTerm range{static_cast<std::int64_t>(std::floor(ns / reach)), rounded_up(ns * reach)};
      VIZSLA_TRY(found, search(query::SpanOrder::NewestFirst, range, kLookAt));
      if (found.size() >= question_.most) break;
    }
    const auto distance = [&](const Exemplar& exemplar) {
      return std::abs(static_cast<double>(exemplar.duration_ns) - ns);
    };
    std::sort(found.begin(), found.end(), [&](const Exemplar& a, const Exemplar& b) {
      return std::pair(distance(a), b.start_ns) < std::pair(distance(b), a.start_ns);
    });
    if (found.size() > question_.most) found.resize(question_.most);
    return found;
  }

 private:
  static std::int64_t rounded_up(double ns) {
    constexpr double kHighest = 9.2e18;
    return static_cast<std::int64_t>(std::ceil(std::min(ns, kHighest)));
  }

  Result<std::vector<Exemplar>> search(query::SpanOrder order, const std::optional<query::SpanTerm>& term,
                                       std::uint32_t most) const {
    query::SpanSearch search;
    search.time = question_.range;
    search.order = order;
    search.limit = most;
    search.filter.terms = {query::EntryTerm{}, query::FieldTerm{"env", question_.env},
                           query::FieldTerm{"service", question_.service},
                           query::FieldTerm{"operation_name", question_.operation}};
    if (question_.resource) search.filter.terms.emplace_back(query::FieldTerm{"resource_name", *question_.resource});
    if (question_.durations != query::DurationTerm{}) search.filter.terms.emplace_back(question_.durations);
    if (term) search.filter.terms.push_back(*term);
    VIZSLA_TRY(const store::SpanPage page, spans_.search(search, store::SpanDetail::Outline, limits_));
    std::vector<Exemplar> found;
    for (std::size_t i = 0; i < page.spans.size(); ++i) {
      const model::Span& span = page.spans[i];
      const SpanError error = error_of(span);
      found.push_back({span.trace_id, span.span_id, span.start_ns, span.duration_ns, span.error,
                       durations_.share_up_to(static_cast<double>(span.duration_ns)), std::string(span.resource),
                       std::string(error.type), std::string(first_line(error.message))});
    }
    return found;
  }

  store::SpanReader& spans_;
  const sketch::DurationSketch& durations_;
  const ExemplarQuestion& question_;
  const store::ReadLimits& limits_;
};

}  // namespace

Result<Exemplars> find_exemplars(store::SpanReader& spans, const sketch::DurationSketch& durations,
                                 const ExemplarQuestion& question, const store::ReadLimits& limits) {
  const Finder finder(spans, durations, question, limits);
  Exemplars exemplars;
  VIZSLA_TRY(exemplars.slowest, finder.find(query::SpanOrder::SlowestFirst, {}));
  VIZSLA_TRY(exemplars.newest, finder.find(query::SpanOrder::NewestFirst, {}));
  VIZSLA_TRY(exemplars.errors, finder.find(query::SpanOrder::NewestFirst, query::SpanTerm(query::ErrorTerm{})));
  if (const auto median = durations.quantile(0.5)) {
    VIZSLA_TRY(exemplars.typical, finder.near(*median));
  }
  if (question.near_ns) {
    VIZSLA_TRY(exemplars.near, finder.near(*question.near_ns));
  }
  return exemplars;
}

}  // namespace vizsla::assemble
