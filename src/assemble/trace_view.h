// A trace made fit to look at: its tree, and what the time in it was spent on. The one place where self time, execution
// time and critical path are computed, so that they are the same numbers on every screen.
//
// Pure. Nothing is hidden: missing parents, several roots, clocks that disagree and shared ids become warnings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/span.h"

namespace vizsla::assemble {

enum class WarningCode {
  MissingParent,  // spans whose parent hasn't arrived (or never will)
  SeveralRoots,   // more than one span without a parent id
  NoRoot,         // none
  DuplicateIds,   // different spans with one id
  ClockSkew,      // a child in another process starts before its parent, or ends after a caller that waited for it
  SeveralTraces,  // spans of several 128-bit ids that share the low half
  Cycle,          // spans that are each other's ancestors
  Unfinished,     // snapshots of spans that still run
  SampledOut,     // an Agent's sampler dropped the trace, but for these spans
};

std::string_view to_string(WarningCode code);

struct Warning {
  WarningCode code;
  std::string message;                // a sentence for people
  std::vector<std::uint32_t> places;  // of the spans it is about, at most kWarningPlacesMax
};

inline constexpr std::size_t kWarningPlacesMax = 100;

// A stretch of time on the critical path, in ns after the trace's start.
struct CriticalPiece {
  std::uint32_t place;
  std::int64_t start_ns;
  std::int64_t end_ns;
};

// "Place" is a span's number in the walk: parents before children, siblings by start. Columns are by place.
struct TraceView {
  static constexpr std::int32_t kNoParent = -1;

  std::vector<std::uint32_t> span;    // index into the SpanSet
  std::vector<std::int32_t> parent;   // place of the parent, or kNoParent
  std::vector<std::uint32_t> depth;   // 0 for roots
  std::vector<std::int64_t> self_ns;  // duration without the time in which a child was open
  // The span's part of the wall clock: at each instant, spans that are open and have no open child share it equally.
  // The parts sum to the time in which anything was open. datadog-apm-features §5.
  std::vector<double> exec_ns;
  std::vector<bool> missing_parent;
  std::vector<bool> skewed;
  std::vector<bool> shares_id;
  std::vector<bool> critical;

  UnixNanos start_ns = 0;        // of the first span
  std::int64_t duration_ns = 0;  // to the end of the last one
  UnixNanos received_ns = 0;     // when the newest span came
  std::uint32_t root = 0;        // place of the span that speaks for the trace: the root, else the first entry span
  bool root_missing = false;     // no span without a parent id has arrived
  std::vector<CriticalPiece> critical_path;  // of `root`; the pieces sum to its duration, in order
  std::vector<Warning> warnings;
};

// `spans` as a store gives them: by start, copies collapsed. Must not be empty.
TraceView view_trace(const model::SpanSet& spans);

}  // namespace vizsla::assemble
