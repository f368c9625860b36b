// Statistics that clients computed, made what the concentrator would have counted: the same names, the same buckets,
// the same sketches, so that both add up (agent-protocol §3.1, §5.3, §8.5).
//
// Each group counts in the ten seconds in which its own bucket begins, however late it comes, unless that is more than
// kStatsWindowNs away. Nothing is moved or merged as an Agent would: rows of one key add up in the store, so the two
// halves into which older Agents split a group (counts here, sketches there) come together there as well.
//
// Reused from payload to payload; a rule runs once per distinct string. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/client_stats.h"
#include "model/stats_batch.h"
#include "pipeline/filter_chunks.h"
#include "pipeline/obfuscate/peer_address.h"
#include "pipeline/obfuscate_spans.h"
#include "pipeline/replace_tags.h"
#include "pipeline/trace_pipeline.h"

namespace vizsla::pipeline {

// What is known of a payload beside its groups: from its headers, or from the settings.
struct ClientStatsFacts {
  std::string_view language;  // Datadog-Meta-Lang
  std::string_view default_env;
  std::string_view default_host;
  bool obfuscated = false;  // Datadog-Obfuscation-Version: the client has done it
  bool from_agent = false;  // an Agent has normalised, filtered, obfuscated and replaced
};

struct ClientStatsOutcome {
  std::uint32_t taken = 0;  // those that add nothing included
  std::uint32_t too_old = 0;
  std::uint32_t too_new = 0;
  std::uint32_t ignored_resource = 0;
};

class ClientStatsPipeline {
 public:
  // Errors as TracePipeline::create().
  static Result<ClientStatsPipeline> create(const PipelineSettings& settings);

  // Appends to `out` what the groups add. `now` is when they came.
  ClientStatsOutcome process(const model::ClientStats& stats, const ClientStatsFacts& facts, UnixNanos now,
                             model::StatsBatch& out);

 private:
  using StringCode = model::StringCode;

  // A sender's part of the keys, by codes of `out`.
  struct Sender {
    StringCode env = 0;
    StringCode host = 0;
    StringCode version = 0;
    StringCode language = 0;
    StringCode service = 0;  // 0: not said
  };

  // What becomes of a resource depends on these.
  struct ResourceKey {
    StringCode resource = 0;
    StringCode operation = 0;  // of `out`
    StringCode type = 0;
    StringCode db_type = 0;
    std::uint32_t http_status = 0;

    bool operator==(const ResourceKey&) const = default;
  };
  struct ResourceHash {
    std::size_t operator()(const ResourceKey& key) const;
  };
  struct MendedResource {
    StringCode resource = 0;  // of `out`
    std::uint16_t http_status = 0;
    bool ignored = false;
  };

  ClientStatsPipeline(ChunkFilter filter, const PipelineSettings& settings, TagReplacer replacer);

  void start(const model::ClientStats& stats, const ClientStatsFacts& facts, model::StatsBatch& out);
  Sender sender_of(const model::ClientStats& stats, const model::ClientStatsSender& sent, model::StatsBatch& out);
  void add(const model::ClientStats& stats, const model::ClientStatsGroup& group, model::StatsBatch& out,
           ClientStatsOutcome& outcome);
  [[nodiscard]] bool is_agents_name(std::string_view name) const;
  StringCode service_of(const model::ClientStats& stats, StringCode code, model::StatsBatch& out);
  StringCode operation_of(const model::ClientStats& stats, StringCode code, model::StatsBatch& out);
  StringCode grpc_status_of(const model::ClientStats& stats, StringCode code, model::StatsBatch& out);
  StringCode text_of(const model::ClientStats& stats, StringCode code, std::size_t bytes_max, model::StatsBatch& out);
  MendedResource resource_of(const model::ClientStats& stats, const ResourceKey& key, model::StatsBatch& out);
  // Gives the service of `_dd.base_service` among them, too.
  StringCode peer_tags_of(const model::ClientStats& stats, const model::ClientStatsGroup& group, model::StatsBatch& out,
                          StringCode& base_service);
  void find_entries(model::StatsBatch& out);

  ChunkFilter filter_;
  SpanObfuscator obfuscator_;
  TagReplacer replacer_;
  std::size_t resource_bytes_max_;

  // Of the payload at hand.
  ClientStatsFacts facts_;
  std::size_t first_row_ = 0;  // of `out`: what was there before is somebody else's
  std::string fallback_service_;
  std::vector<Sender> senders_;
  std::vector<StringCode> services_;    // code of the payload → code of `out`
  std::vector<StringCode> operations_;  // the same
  std::vector<StringCode> grpc_;
  std::vector<StringCode> texts_;
  std::unordered_map<ResourceKey, MendedResource, ResourceHash> resources_;
  std::vector<std::string_view> peers_;   // of the group at hand
  std::vector<std::size_t> counts_rows_;  // rows of `out` that say no top-level hits because they never do
  std::unordered_set<std::uint64_t> entries_;

  PeerAddressQuantizer quantizer_;
  std::string text_;
};

}  // namespace vizsla::pipeline
