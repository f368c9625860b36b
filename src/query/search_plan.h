// From the tree of a search to a plan that stores answer (span_search.h).
//
// So far a plan is a conjunction: terms that must hold and terms that must not. The tree says more; what a plan can't
// say is refused here, and only here. Pure.
#pragma once

#include "base/result.h"
#include "query/search_ast.h"
#include "query/span_search.h"

namespace vizsla::query {

// Unsupported for what isn't answered yet, InvalidInput for a value that its field can't have; both with the place.
Result<SpanFilter> plan_span_filter(const SearchNode& root);

}  // namespace vizsla::query
