// The contract between Vizsla and whatever keeps its spans: what intake may rely on, what readers may ask.
//
// Every store passes one suite, store/testing/span_store_conformance.h. The embedded store is one; a ClickHouse cluster
// is meant to be another, so nothing here says files, SQL, or "this process".
//
// All calls are thread-safe. Results are owned by the caller and don't change afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/result.h"
#include "base/text_arena.h"
#include "model/span.h"
#include "model/span_batch.h"
#include "model/stats_batch.h"
#include "query/span_search.h"
#include "store/read_limits.h"

namespace vizsla::store {

// A payload that was stored, so that the same one sent again can be told (architecture, decision 1).
struct StoredPayload {
  Hash128 hash;
  UnixNanos received_ns = 0;
};

class SpanWriter {
 public:
  virtual ~SpanWriter() = default;

  // Called once, from any thread, perhaps before append() returns. Keep it short.
  using Done = std::function<void(Result<void>)>;

  // Stores all spans of a payload and what they add to the statistics, or none of it. Spans and statistics may be there
  // without each other: what a client has counted itself, what a sampler dropped. Takes what it needs before it
  // returns.
  //
  // When `done` gets a value, the spans survive the end of this process (and of the machine, unless the store is set
  // otherwise) and every read that starts from then on sees them. An error (Unavailable: disk or memory is full,
  // shutting down) means that they must be sent again. `payload` is kept with them; a zero hash isn't.
  virtual void append(const model::SpanBatch& batch, const model::StatsBatch& stats, Hash128 payload, Done done) = 0;
};

// How much of each span is read.
enum class SpanDetail {
  Everything,
  // What lists and timelines show: all but meta_struct, links, and tags outside kOutlineTags.
  Outline,
  // Ids, start and sequence, and the duration where the order goes by it: what a search is asked for by who reads the
  // traces next. Of a trace, the outline.
  Place,
};

inline constexpr std::string_view kOutlineTags[] = {
    "_dd.partial_version", "db.system", "db.type",     "error.message", "error.msg",
    "error.type",          "events",    "http.method", "out.host",
};

struct SpanPage {
  model::SpanSet spans;            // in the order asked for
  bool more = false;               // there are spans behind the last one
  std::uint64_t sequence_max = 0;  // what had arrived when the read began; give it to the next page's search
};

struct TraceSet {
  std::vector<std::vector<model::Span>> traces;
  TextArena texts;                       // of all of them
  std::shared_ptr<const void> memory{};  // as in SpanSet
};

class SpanReader {
 public:
  virtual ~SpanReader() = default;

  // All spans of a trace that have arrived, by start; empty when there are none. With a high half, spans whose trace is
  // known to have another one are left out. Copies are collapsed (architecture, decision 2).
  // Errors: Timeout; Cancelled; Corrupt when data that should hold it doesn't read (the rest of the trace isn't given
  // either).
  virtual Result<model::SpanSet> read_trace(model::TraceId id, SpanDetail detail, const ReadLimits& limits) = 0;

  // The same for several traces, in the order asked for; much cheaper than one after the other.
  virtual Result<TraceSet> read_traces(std::span<const model::TraceId> ids, SpanDetail detail,
                                       const ReadLimits& limits) = 0;

  // The spans of a trace that have one of these ids, with everything, by start; as they are in read_trace(), but that a
  // high half which only others of the trace have is theirs too. A trace of any size: the others aren't held in memory.
  virtual Result<model::SpanSet> read_spans(model::TraceId id, std::span<const model::SpanId> wanted,
                                            const ReadLimits& limits) = 0;

  // A page of spans. Copies show until the store has collapsed them in the background, if it does. Errors: Timeout,
  // Cancelled, Corrupt, LimitExceeded (too much memory).
  virtual Result<SpanPage> search(const query::SpanSearch& search, SpanDetail detail, const ReadLimits& limits) = 0;

  // Spans stored, with the copies that haven't been collapsed. Cheap.
  [[nodiscard]] virtual std::uint64_t span_count() const = 0;
};

}  // namespace vizsla::store
