// Statistics that a tracer has computed itself, or that an Agent passes on: as they were sent, before normalisation
// (agent-protocol §3.1, §10.2). The codec fills them, the pipeline makes a StatsBatch of them.
//
// Strings are codes into `strings`. Made to be reused: clear() keeps memory. One thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "model/string_table.h"

namespace vizsla::model {

// Who counted: a tracer's process, in an Agent's body one of many.
struct ClientStatsSender {
  StringCode hostname = 0;
  StringCode env = 0;
  StringCode version = 0;
  StringCode language = 0;
  StringCode service = 0;  // of the process
  // An older Agent's half of a pair: hits, errors and durations, without sketches and top-level hits
  // (agent-protocol §8.5).
  bool counts_only = false;
};

enum class SaidTraceRoot : std::uint8_t { NotSaid = 0, Yes = 1, No = 2 };

// What was counted together in one bucket.
struct ClientStatsGroup {
  std::uint32_t sender = 0;  // index into ClientStats::senders
  UnixNanos start_ns = 0;    // of its bucket; below zero when no time can be so large
  StringCode service = 0;
  StringCode operation = 0;
  StringCode resource = 0;
  StringCode type = 0;
  StringCode db_type = 0;
  StringCode kind = 0;
  StringCode service_source = 0;
  StringCode grpc_status = 0;
  StringCode http_method = 0;
  StringCode http_endpoint = 0;
  std::uint32_t http_status = 0;
  std::uint32_t peers_begin = 0;  // of ClientStats::peer_tags
  std::uint32_t peers_end = 0;
  SaidTraceRoot trace_root = SaidTraceRoot::NotSaid;
  bool synthetics = false;
  // Numbers, from 0 on.
  double hits = 0;
  double top_level_hits = 0;
  double errors = 0;
  double duration_ns = 0;
  StringCode ok_bins = 0;  // in the canonical mapping, as sketch::encode_duration_bins() writes them
  StringCode error_bins = 0;
};

struct ClientStats {
  StringTable strings;
  StringCode agent_hostname = 0;
  StringCode agent_env = 0;
  std::vector<ClientStatsSender> senders;
  std::vector<ClientStatsGroup> groups;
  std::vector<StringCode> peer_tags;  // "key:value" each

  void clear() {
    strings.clear();
    agent_hostname = agent_env = kEmptyString;
    senders.clear();
    groups.clear();
    peer_tags.clear();
  }
};

}  // namespace vizsla::model
