// Rules of the settings that rewrite what spans say: for secrets that no obfuscator knows, and names that are too many.
//
// Applied to every span after obfuscation and truncation, in the order of the rules, each to what the one before left.
// Rules: agent-protocol §7 (setting replace_tags). A rule's name says what it is applied to:
//   "*"              all tags whose key doesn't begin with "_", text or number; the resource; attributes of events
//   "resource.name"  the resource
//   "span.name"      the operation. Datadog documents it, its Agents ignore it; the result is normalised as operations
//   are else             the tag of that name, and the attribute of events
// A number is rewritten as its decimals, and becomes a text tag if the result is no number. An emptied tag stays,
// empty. Names don't become empty: an emptied resource takes the operation's name, an emptied operation becomes
// "unnamed_operation", as they do when they are normalised.
//
// Derived columns (environment, version, host, base and peer service, kind, HTTP status) follow the tags that they come
// from. Links and meta_struct are left alone. Works on codes: each rule runs once per distinct value of a payload.
//
// One difference from the Agent: the replaced value of a tag is bounded (RegexReplacement::kReplacedBytesMax).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/span_batch.h"
#include "pipeline/edit_batch.h"
#include "pipeline/obfuscate/event_attributes.h"
#include "pipeline/obfuscate/regex.h"

namespace vizsla::pipeline {

// As in the settings.
struct ReplaceRule {
  std::string name;
  std::string pattern;      // Go's syntax: see obfuscate/regex.h
  std::string replacement;  // `repl`; a template with $1, ${1}, $name
};

// One thread at a time; reused from payload to payload.
class TagReplacer {
 public:
  // InvalidInput names the rule and what is wrong with it: no name, no pattern, a pattern that doesn't compile, or a
  // rule that would leave nothing of any resource or operation. LimitExceeded for more than kRulesMax, or a pattern
  // that is too long.
  static Result<TagReplacer> create(std::span<const ReplaceRule> rules);

  static constexpr std::size_t kRulesMax = 1000;

  // Does it change nothing?
  [[nodiscard]] bool empty() const { return rules_.empty(); }

  // Rewrites the spans of a normalised batch, and gives the number of values that changed.
  std::size_t process(model::SpanBatch& batch);

  // The same for a group of statistics that a client computed: rules for "*", "resource.name" and "http.status_code". A
  // status that is no number afterwards stays (agent-protocol §7).
  void process_stats_group(std::string_view operation, std::string& resource, std::uint32_t& http_status);

 private:
  using StringCode = model::StringCode;

  struct Rule {
    std::string name;
    RegexReplacement replacement;
  };

  // Indexes of the rules that one kind of value goes through, in order.
  using RuleList = std::vector<std::size_t>;

  // What became of a value of the payload under a list of rules: a table that keeps its memory.
  class ReplacedValues {
   public:
    void clear();
    // Null when it wasn't put.
    [[nodiscard]] const StringCode* find(std::size_t list, StringCode value) const;
    void put(std::size_t list, StringCode value, StringCode replaced);

   private:
    struct Slot {
      std::uint64_t key;  // 1 + list, value; 0 = free
      StringCode replaced;
    };

    [[nodiscard]] std::size_t slot_of(std::uint64_t key) const;
    void grow();

    std::vector<Slot> slots_;  // power of two, at most half full
    std::size_t used_ = 0;
  };

  struct NamedList {
    std::string name;
    std::size_t list;
  };

  TagReplacer() = default;

  std::size_t add_list(std::string_view name, bool with_star);
  [[nodiscard]] std::size_t list_of_key(std::string_view key) const;
  std::size_t list_of_code(const model::SpanBatch& batch, StringCode key);
  bool apply(std::size_t list, std::string_view text);
  StringCode replaced(model::SpanBatch& batch, std::size_t list, StringCode value);
  StringCode replaced_operation(model::SpanBatch& batch, StringCode operation);
  StringCode replaced_events(model::SpanBatch& batch, StringCode events);

  void start(const model::SpanBatch& batch);
  void replace_names(model::SpanBatch& batch, std::size_t row);
  void replace_meta(model::SpanBatch& batch, std::size_t row, std::size_t chunk);
  void replace_metrics(model::SpanBatch& batch, std::size_t row);
  void add_moved(model::SpanBatch& batch, std::size_t row, StringCode key);

  std::vector<Rule> rules_;
  std::vector<RuleList> lists_;   // the first is empty
  std::vector<NamedList> names_;  // tags that rules name; sorted
  std::size_t star_list_ = 0;     // for tags that no rule names
  std::size_t resource_list_ = 0;
  std::size_t operation_list_ = 0;

  // Reused from payload to payload.
  std::vector<std::size_t> list_by_key_;  // by code of the key
  ReplacedValues replaced_values_;
  ReplacedValues replaced_events_;
  std::vector<AddedTag> moved_;  // numbers that became texts
  bool removed_numbers_ = false;
  EventAttributeRewriter events_;
  std::string text_;
  std::string next_text_;
  std::string events_text_;
  std::size_t changes_ = 0;
};

}  // namespace vizsla::pipeline
