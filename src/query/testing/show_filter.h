// A filter as text, for comparing.
#pragma once

#include <string>

#include <fmt/format.h>

#include "model/ids.h"
#include "query/span_search.h"

namespace vizsla::query::testing {

// service = 'web'; not @retries = '3' or 3
inline std::string show(const SpanFilter& filter) {
  struct Shower {
    std::string operator()(const FieldTerm& term) const { return fmt::format("{} = '{}'", term.field, term.value); }
    std::string operator()(const TagTerm& term) const {
      std::string shown = fmt::format("@{} = '{}'", term.key, term.text);
      if (term.number) shown += fmt::format(" or {}", *term.number);
      return shown;
    }
    std::string operator()(const TraceTerm& term) const { return fmt::format("trace {}", to_hex(term.id)); }
    std::string operator()(const ErrorTerm& /*term*/) const { return "error"; }
    std::string operator()(const EntryTerm& /*term*/) const { return "entry"; }
    std::string operator()(const DurationTerm& term) const {
      constexpr DurationTerm kAny;
      if (term.min_ns > term.max_ns) return "nothing";
      return fmt::format("duration [{}, {}]", term.min_ns == kAny.min_ns ? "*" : std::to_string(term.min_ns),
                         term.max_ns == kAny.max_ns ? "*" : std::to_string(term.max_ns));
    }
  };
  std::string shown;
  for (const SpanTerm& term : filter.terms) {
    if (!shown.empty()) shown += "; ";
    shown += (term.negated ? "not " : "") + std::visit(Shower{}, term.what);
  }
  return shown.empty() ? "everything" : shown;
}

}  // namespace vizsla::query::testing
