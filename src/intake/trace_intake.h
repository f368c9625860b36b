// The Agent's trace endpoints: body → spans → pipeline → store → answer.
//
// A 200 means that the spans are stored. Whatever isn't stored is refused with the reason, and counted by service; a
// status that makes a client send again (5xx) is only given when that can help. agent-protocol §1.3 to §1.6, with two
// differences on purpose: the answer comes after the work, not before it, and nothing is dropped behind a 200.
//
// Handlers run on the connection's thread: decoding a payload takes less time than handing it to another thread would
// save. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/router.h"
#include "intake/intake_stats.h"
#include "intake/payload_table.h"
#include "pipeline/normalize_spans.h"
#include "store/span_store.h"

namespace vizsla::intake {

struct TraceIntakeSettings {
  std::string default_env = "none";  // normalised
  std::string host;                  // of this machine, for spans that don't name one
  std::uint64_t body_bytes_max = 26'214'400;
};

class TraceIntake {
 public:
  // Borrows everything.
  TraceIntake(TraceIntakeSettings settings, const Clock& clock, store::SpanWriter& writer, PayloadTable& payloads,
              IntakeStats& stats);
  ~TraceIntake();

  // /v0.3/traces, /v0.3/services, /v0.4/traces, /v0.5/traces.
  void add_routes(http::Router& router);

  // The paths of add_routes() that /info advertises.
  static std::vector<std::string> advertised_endpoints();

 private:
  struct Version;
  struct Scratch;

  void handle_traces(const Version& version, http::Request request, http::Responder respond);

  std::unique_ptr<Scratch> take_scratch();
  void give_back(std::unique_ptr<Scratch> scratch);

  const TraceIntakeSettings settings_;
  const Clock& clock_;
  store::SpanWriter& writer_;
  PayloadTable& payloads_;
  IntakeStats& stats_;
  Guarded<std::vector<std::unique_ptr<Scratch>>> scratch_;
};

}  // namespace vizsla::intake
