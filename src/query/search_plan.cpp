#include "query/search_plan.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "query/search_lexer.h"
#include "query/search_number.h"

namespace vizsla::query {
namespace {

using Kind = SearchNode::Kind;

tl::unexpected<Error> unsupported(std::string_view what, SearchPlace place) {
  return fail(ErrorCode::Unsupported, fmt::format("{} isn't supported yet (at {})", what, place));
}

// Reserved fields that are text columns.
struct TextField {
  std::string_view name;
  bool lower_case;  // intake makes them so, and a search finds them however it is written
};

constexpr TextField kTextFields[] = {
    {"env", true},     {"host", false}, {"operation_name", false}, {"resource_name", false},
    {"service", true}, {"type", false}, {"version", false},
};

// No letters but these: what is lower-cased here is compared with what was stored, and the rest of Unicode comes back
// in the case in which it was shown.
std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool is_duration(const SearchField& field) {
  return field.kind == SearchField::Kind::Attribute && field.name == "duration";
}

DurationTerm no_duration() {
  return {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
}

Result<Nanos> nanos_of(const SearchText& text) {
  if (!text.wildcards.empty()) return unsupported("a wildcard in a duration", text.place);
  if (const auto nanos = parse_nanos(text.text)) return *nanos;
  return search_error(
      fmt::format("expected a duration like 250ms, 1.5s or 1000000 (ns), not '{}'", shortened(text.text)), text.place);
}

// Collects the terms of a conjunction.
class Planner {
 public:
  Result<void> add(const SearchNode& node, bool negated) {
    switch (node.kind) {
      case Kind::Everything:
        if (negated) push(no_duration(), false);
        return {};
      case Kind::Not:
        return add(node.children.front(), !negated);
      case Kind::And:
        if (negated) return unsupported("the negation of several terms that must hold together", node.place);
        return add_all(node, false);
      case Kind::Or:
        // Neither a nor b: not a, and not b.
        if (negated) return add_all(node, true);
        return unsupported("OR", node.place);
      case Kind::Is:
        return is(node, negated);
      case Kind::Within:
        return within(node, negated);
      case Kind::Exists:
        return unsupported("asking whether a field is there", node.place);
      case Kind::Words:
        return unsupported("free text (a term without a field)", node.place);
      case Kind::Cidr:
        return unsupported("CIDR", node.place);
    }
    return {};
  }

  SpanFilter take() { return std::move(filter_); }

 private:
  template <class Term>
  void push(Term term, bool negated) {
    filter_.terms.emplace_back(std::move(term), negated);
  }

  Result<void> add_all(const SearchNode& node, bool negated) {
    for (const SearchNode& child : node.children) VIZSLA_TRY_VOID(add(child, negated));
    return {};
  }

  Result<void> is(const SearchNode& node, bool negated) {
    const SearchField& field = node.field;
    if (!node.text.wildcards.empty()) return unsupported("a wildcard in a value", node.text.place);
    switch (field.kind) {
      case SearchField::Kind::All:
        return unsupported("a search over all attributes", field.place);
      case SearchField::Kind::Calculated:
        return unsupported("a calculated field", field.place);
      case SearchField::Kind::Plain:
        return is_reserved(node, negated);
      case SearchField::Kind::Attribute:
        break;
    }
    if (is_duration(field)) {
      VIZSLA_TRY(const Nanos nanos, nanos_of(node.text));
      push(nanos.exact ? DurationTerm{nanos.floor, nanos.floor} : no_duration(), negated);
      return {};
    }
    const std::optional<double> number = parse_number(node.text.text);
    if (field.name == "_top_level" && number == 1) {
      push(EntryTerm{}, negated);
    } else {
      push(TagTerm{field.name, node.text.text, number}, negated);
    }
    return {};
  }

  Result<void> is_reserved(const SearchNode& node, bool negated) {
    const std::string& name = node.field.name;
    const std::string& value = node.text.text;
    const auto* const text = std::find_if(std::begin(kTextFields), std::end(kTextFields),
                                          [&](const TextField& f) { return f.name == name; });
    if (text != std::end(kTextFields)) {
      push(FieldTerm{name, text->lower_case ? to_lower(value) : value}, negated);
      return {};
    }
    if (name == "status") {
      const std::string status = to_lower(value);
      if (status != "ok" && status != "error")
        return search_error(fmt::format("expected status:ok or status:error, not '{}'", shortened(value)),
                            node.text.place);
      push(ErrorTerm{}, negated != (status == "ok"));
      return {};
    }
    if (name == "trace_id") {
      const auto id = model::parse_trace_id(value);
      if (!id) {
        return search_error(
            fmt::format("expected a trace id of 32 or 16 hex digits, or a decimal, not '{}'", shortened(value)),
            node.text.place);
      }
      push(TraceTerm{*id}, negated);
      return {};
    }
    return unsupported(fmt::format("the field '{0}' (a tag is written @{0})", shortened(name)), node.field.place);
  }

  Result<void> within(const SearchNode& node, bool negated) {
    if (!is_duration(node.field))
      return unsupported("a comparison or range on another field than @duration", node.field.place);
    DurationTerm term;
    if (node.low.value) {
      VIZSLA_TRY(const Nanos low, nanos_of(*node.low.value));
      term.min_ns = low.floor;
      const bool above = !node.low.inclusive || !low.exact;
      if (above && __builtin_add_overflow(low.floor, 1, &term.min_ns)) term = no_duration();
    }
    if (node.high.value) {
      VIZSLA_TRY(const Nanos high, nanos_of(*node.high.value));
      std::int64_t max_ns = high.floor;
      const bool below = !node.high.inclusive && high.exact;
      if (below && __builtin_sub_overflow(high.floor, 1, &max_ns)) term = no_duration();
      term.max_ns = std::min(term.max_ns, max_ns);
    }
    push(term, negated);
    return {};
  }

  SpanFilter filter_;
};

}  // namespace

Result<SpanFilter> plan_span_filter(const SearchNode& root) {
  Planner planner;
  VIZSLA_TRY_VOID(planner.add(root, false));
  return planner.take();
}

}  // namespace vizsla::query
