#include "store/collapse_copies.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace vizsla::store {
namespace {

auto identity(const model::Span& span) {
  return std::tie(span.trace_id.low, span.span_id, span.parent_id, span.service, span.kind, span.start_ns);
}

// A finished span is newer than any snapshot of it.
double snapshot_number(const model::Span& span) {
  const double* version = span.find_metric("_dd.partial_version");
  return version == nullptr || *version < 0 ? std::numeric_limits<double>::infinity() : *version;
}

}  // namespace

void collapse_copies(std::vector<model::Span>& spans) {
  // Of each group the one to keep comes first: the newest snapshot, of equals the one that arrived first.
  std::sort(spans.begin(), spans.end(), [](const model::Span& a, const model::Span& b) {
    if (identity(a) != identity(b)) return identity(a) < identity(b);
    const double newer_a = snapshot_number(a);
    const double newer_b = snapshot_number(b);
    return newer_a != newer_b ? newer_a > newer_b : a.sequence < b.sequence;
  });
  spans.erase(std::unique(spans.begin(), spans.end(),
                          [](const model::Span& a, const model::Span& b) { return identity(a) == identity(b); }),
              spans.end());
  std::sort(spans.begin(), spans.end(), [](const model::Span& a, const model::Span& b) {
    return std::tie(a.start_ns, a.sequence) < std::tie(b.start_ns, b.sequence);
  });
}

}  // namespace vizsla::store
