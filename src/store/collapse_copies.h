// Makes one span of its copies: what a tracer sent twice, and the snapshots of a span that took long.
//
// A copy is equal in (low trace id, span id, parent id, service, kind, start). Of snapshots (`_dd.partial_version`) the
// highest wins, and the finished span wins over all of them. Other spans with one id (Zipkin's shared spans, a client's
// mistake) are all kept. Architecture, decision 2. Pure.
#pragma once

#include <vector>

#include "model/span.h"

namespace vizsla::store {

// Leaves the spans that stand for themselves, sorted by (start, sequence).
void collapse_copies(std::vector<model::Span>& spans);

}  // namespace vizsla::store
