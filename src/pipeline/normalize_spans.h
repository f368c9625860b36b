// Makes the spans of a payload fit to be counted and kept: refuses chunks that make no sense, mends fields, and derives
// the columns that aren't on the wire (entry span, environment, status code, …).
//
// The first stage behind every decoder. Rules: agent-protocol §5.2 to §5.6. Works on codes: a rule runs once per
// distinct string of the payload, not once per span. Reused from payload to payload. One thread at a time; the time
// comes in with the call.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/span_batch.h"
#include "pipeline/obfuscate/event_attributes.h"
#include "pipeline/top_level.h"

namespace vizsla::pipeline {

// Why a chunk is refused. The whole chunk goes: half a trace chunk would look like a whole one.
enum class Refusal : std::uint8_t {
  ForeignSpan,
  TraceIdZero,
  SpanIdZero,
  // By the settings: see ChunkFilter.
  IgnoredResource,
  RejectedTag,
  MissingTag,
};
inline constexpr std::size_t kRefusals = 6;
std::string_view to_string(Refusal refusal);

// What was changed on a span that is kept. Names as the Agent counts them, where it does.
enum class Alteration : std::uint8_t {
  ServiceEmpty,
  ServiceTruncate,
  ServiceInvalid,
  PeerServiceTruncate,
  PeerServiceInvalid,
  SpanNameEmpty,
  SpanNameTruncate,
  SpanNameInvalid,
  ResourceEmpty,
  ResourceTruncate,
  TypeTruncate,
  InvalidStartDate,
  InvalidDuration,
  InvalidHttpStatusCode,
  TagKeyTruncate,
  TagValueTruncate,
  DuplicateTag,
  DuplicateSpanId,
};
inline constexpr std::size_t kAlterations = 18;
std::string_view to_string(Alteration alteration);

// What is known of a payload beside its spans: from its headers, or from the settings.
struct PayloadFacts {
  std::string_view language;        // Datadog-Meta-Lang
  std::string_view tracer_version;  // Datadog-Meta-Tracer-Version
  std::string_view container_id;
  std::string_view process_tags = {};  // X-Datadog-Process-Tags
  std::string_view default_env;        // normalised
  std::string_view default_host;       // of this machine
  bool client_computed_top_level = false;
  bool client_computed_stats = false;  // the client sends its own statistics of these spans
  // It comes from an Agent, which has normalised, obfuscated, cut and filtered it and marked entry spans as
  // `_top_level`.
  bool from_agent = false;
};

// What happened to one payload, by service. Valid until the next process().
struct NormalizeReport {
  struct Service {
    model::StringCode service;   // 0: spans were refused before their service could be told
    model::StringCode type = 0;  // of an entry span that has one; 0 = none does
    std::uint32_t received = 0;
    std::array<std::uint32_t, kRefusals> refused{};
    std::array<std::uint32_t, kAlterations> altered{};
  };
  std::vector<Service> services;  // in order of appearance
};

// Of the Agent's features (agent-protocol §5.3).
struct NormalizeSettings {
  bool component_to_name = false;  // `component2name`: the operation is what the tag `component` says
  bool big_resource = false;       // resources may have 15,000 bytes instead of 5,000
};

class SpanNormalizer {
 public:
  explicit SpanNormalizer(NormalizeSettings settings = {}) : settings_(settings) {}

  // Fills the derived columns of `batch` and drops refused chunks from it.
  const NormalizeReport& process(model::SpanBatch& batch, const PayloadFacts& facts, UnixNanos now);

  // Cuts resources and tag values that are too long. Apart, because obfuscation comes before it: half a statement would
  // be no statement. Adds to the report.
  void truncate(model::SpanBatch& batch);

  // Gives spans whose environment or host a replacement rule has emptied those of the settings (agent-protocol §5.6).
  void fill_emptied(model::SpanBatch& batch) const;

  // Adds to the report that `chunk`, which is about to be dropped, is refused.
  void refuse(const model::SpanBatch& batch, std::size_t chunk, Refusal refusal);

  [[nodiscard]] const NormalizeReport& report() const { return report_; }

 private:
  // The tags that mean something to us. Each key of a payload is looked up once.
  enum class Key : std::uint8_t {
    Unseen,
    Other,
    TooLong,
    BaseService,
    DecisionMaker,
    Env,
    Hostname,
    HttpStatusCode,
    Language,
    Measured,
    PartialVersion,
    PeerService,
    SampleRate,
    SamplingPriority,
    SpanKind,
    SpanSampling,
    TopLevel,
    AgentTopLevel,
    TraceIdHigh,
    Version,
  };

  struct MendedName {
    model::StringCode name;
    Alteration alteration;
    bool altered;
  };

  void start(model::SpanBatch& batch, const PayloadFacts& facts);
  bool chunk_is_sound(model::SpanBatch& batch, std::size_t begin, std::size_t end);
  void normalize_fields(model::SpanBatch& batch, std::size_t row, UnixNanos now);
  void normalize_meta(model::SpanBatch& batch, std::size_t row);
  void normalize_metrics(model::SpanBatch& batch, std::size_t row);
  void finish_chunk(model::SpanBatch& batch, const PayloadFacts& facts, std::size_t chunk);

  Key key_of(const model::SpanBatch& batch, model::StringCode code);
  [[nodiscard]] bool is_agents_name(std::string_view name) const;
  MendedName service_of(model::SpanBatch& batch, model::StringCode code);
  MendedName operation_of(model::SpanBatch& batch, model::StringCode code);
  model::StringCode cut_of(model::SpanBatch& batch, model::StringCode code, std::size_t bytes_max,
                           std::string_view tail);
  model::StringCode env_of(model::SpanBatch& batch, model::StringCode code);
  model::StringCode links_of(model::SpanBatch& batch, model::StringCode code);
  NormalizeReport::Service& counts_of(model::StringCode service);
  void alter(model::StringCode service, Alteration alteration, std::uint32_t times = 1);

  NormalizeSettings settings_;
  NormalizeReport report_;
  ChunkTree tree_;
  EventAttributeRewriter attributes_;
  std::string fallback_service_;
  bool removed_tags_ = false;  // some are marked
  bool from_agent_ = false;
  std::size_t tail_bytes_ = 0;  // that what an Agent has cut may be longer

  // By code; grown on demand, forgotten with each payload.
  std::vector<Key> keys_;
  std::vector<MendedName> services_;
  std::vector<MendedName> operations_;
  std::vector<model::StringCode> envs_;
  std::vector<model::StringCode> links_;
  std::vector<std::uint32_t> counts_;       // service code → 1 + index into report_.services
  std::vector<std::uint32_t> tag_seen_at_;  // key code → 1 + row that had it last
  std::vector<std::uint32_t> tag_last_at_;  // key code → that row's last tag with it, as an index into the column

  // Codes of this payload's facts.
  model::StringCode language_ = 0;
  model::StringCode tracer_version_ = 0;
  model::StringCode container_id_ = 0;
  model::StringCode default_env_ = 0;
  model::StringCode default_host_ = 0;

  // What the spans of the chunk at hand said, until all of them have been seen.
  struct ChunkFacts {
    std::uint64_t trace_id_high = 0;
    model::StringCode env = 0;
    model::StringCode decision_maker = 0;
    std::int8_t priority = model::kNoPriority;
    std::uint32_t kept_alone = 0;  // spans with `_dd.span_sampling.mechanism`
  };
  ChunkFacts chunk_;
  std::vector<std::pair<std::size_t, double>> sample_rates_;  // of the chunk at hand: row and `_sample_rate` below 1
  std::vector<model::StringCode> hostname_;                   // by row: `_dd.hostname`
  std::vector<model::StringCode> span_language_;              // by row: meta `language`
};

}  // namespace vizsla::pipeline
