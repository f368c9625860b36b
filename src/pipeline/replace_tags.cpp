#include "pipeline/replace_tags.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "pipeline/normalize_names.h"
#include "pipeline/obfuscate/numbers.h"
#include "pipeline/span_fields.h"

namespace vizsla::pipeline {
namespace {

using model::kEmptyString;
using model::SpanBatch;
using model::StringCode;

constexpr std::string_view kAll = "*";
constexpr std::string_view kResource = "resource.name";
constexpr std::string_view kOperation = "span.name";
constexpr std::string_view kHttpStatus = "http.status_code";

constexpr std::size_t kNoRules = 0;
constexpr std::size_t kNotAsked = std::numeric_limits<std::size_t>::max();
// More than payloads have; one hostile payload shouldn't hold memory for ever.
constexpr std::size_t kSlotsKept = 1 << 16;

bool is_hidden(std::string_view key) {
  return key.starts_with('_');
}

bool is_tag(std::string_view rule_name) {
  return rule_name != kAll && rule_name != kResource && rule_name != kOperation;
}

// Would nothing be left of any name? Tried on names of many kinds: one that survives is enough.
bool empties_every_name(RegexReplacement& replacement) {
  constexpr std::array<std::string_view, 8> kNames{"GET /users/{id}/orders",
                                                   "SELECT ? FROM t WHERE a = ?",
                                                   "thinker.think",
                                                   "web.request",
                                                   "SET GET ...",
                                                   "x",
                                                   "Überweisung",
                                                   "0"};
  return std::all_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    std::string left;
    return replacement.replace(name, left) && left.empty();
  });
}

// The column that holds what the tag `key` said of a span, or of its chunk's root.
std::vector<StringCode>* column_of(SpanBatch& batch, std::string_view key) {
  if (key == "env") return &batch.env;
  if (key == "version") return &batch.version;
  if (key == "peer.service") return &batch.peer_service;
  if (key == "_dd.base_service") return &batch.base_service;
  if (key == "_dd.hostname") return &batch.host;
  return nullptr;
}

// The tag `key` of the span at `row` of `chunk` has changed its value: so do the columns that come from it.
void derive(SpanBatch& batch, std::size_t row, std::size_t chunk, StringCode key, StringCode before, StringCode after) {
  const std::string_view name = batch.strings[key];
  if (name == kHttpStatus) {
    batch.http_status[row] = parse_http_status(batch.strings[after]);
  } else if (name == "span.kind") {
    batch.kind[row] = parse_kind(batch.strings[after]);
  } else if (auto* column = column_of(batch, name)) {
    // Spans without the tag have it from another span of their chunk.
    const auto begin = column->begin() + static_cast<std::ptrdiff_t>(batch.chunk_begin(chunk));
    const auto end = column->begin() + static_cast<std::ptrdiff_t>(batch.chunk_end[chunk]);
    std::replace(begin, end, before, after);
  }
}

}  // namespace

void TagReplacer::ReplacedValues::clear() {
  if (slots_.size() > kSlotsKept) slots_ = {};
  if (used_ > 0) std::fill(slots_.begin(), slots_.end(), Slot{});
  used_ = 0;
}

const StringCode* TagReplacer::ReplacedValues::find(std::size_t list, StringCode value) const {
  if (slots_.empty()) return nullptr;
  const std::uint64_t key = (list + 1) << 32 | value;
  const Slot& slot = slots_[slot_of(key)];
  return slot.key == key ? &slot.replaced : nullptr;
}

void TagReplacer::ReplacedValues::put(std::size_t list, StringCode value, StringCode replaced) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const std::uint64_t key = (list + 1) << 32 | value;
  Slot& slot = slots_[slot_of(key)];
  if (slot.key == 0) ++used_;
  slot = {key, replaced};
}

std::size_t TagReplacer::ReplacedValues::slot_of(std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (key * 0x9e3779b97f4a7c15u >> 32) & mask;  // the golden ratio: neighbours are spread
  while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & mask;
  return at;
}

void TagReplacer::ReplacedValues::grow() {
  std::vector<Slot> old(std::max<std::size_t>(64, slots_.size() * 2), Slot{});
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.key != 0) slots_[slot_of(slot.key)] = slot;
  }
}

Result<TagReplacer> TagReplacer::create(std::span<const ReplaceRule> rules) {
  if (rules.size() > kRulesMax)
    return fail(ErrorCode::LimitExceeded, fmt::format("replace_tags: {} rules; at most {}", rules.size(), kRulesMax));
  TagReplacer replacer;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const ReplaceRule& rule = rules[i];
    const auto refuse = [&](const Error& error) {
      return fail(error.with_context(fmt::format("replace_tags, rule {} (name \"{}\")", i + 1, rule.name)));
    };
    if (rule.name.empty()) return refuse({ErrorCode::InvalidInput, "expected a name; \"*\" stands for all tags"});
    if (rule.pattern.empty()) return refuse({ErrorCode::InvalidInput, "expected a pattern"});
    auto regex = Regex::compile(rule.pattern);
    if (!regex) return refuse(regex.error().with_context("pattern"));
    RegexReplacement replacement(*std::move(regex), rule.replacement);
    if (!is_tag(rule.name) && empties_every_name(replacement))
      return refuse({ErrorCode::InvalidInput, "nothing would be left of any name"});
    replacer.rules_.push_back({rule.name, std::move(replacement)});
  }

  replacer.lists_.emplace_back();
  replacer.star_list_ = replacer.add_list(kAll, false);
  replacer.resource_list_ = replacer.add_list(kResource, true);
  replacer.operation_list_ = replacer.add_list(kOperation, false);
  for (const Rule& rule : replacer.rules_) {
    if (is_tag(rule.name)) replacer.names_.push_back({rule.name, kNoRules});
  }
  auto& names = replacer.names_;
  std::sort(names.begin(), names.end(), [](const NamedList& a, const NamedList& b) { return a.name < b.name; });
  const auto same = [](const NamedList& a, const NamedList& b) { return a.name == b.name; };
  names.erase(std::unique(names.begin(), names.end(), same), names.end());
  for (NamedList& named : names) named.list = replacer.add_list(named.name, !is_hidden(named.name));
  return replacer;
}

// The list of the rules with this name, and of those for "*"; kNoRules when there are none.
std::size_t TagReplacer::add_list(std::string_view name, bool with_star) {
  RuleList list;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].name == name || (with_star && rules_[i].name == kAll)) list.push_back(i);
  }
  if (list.empty()) return kNoRules;
  lists_.push_back(std::move(list));
  return lists_.size() - 1;
}

std::size_t TagReplacer::list_of_key(std::string_view key) const {
  const auto named =
      std::lower_bound(names_.begin(), names_.end(), key,
                       [](const NamedList& list, std::string_view wanted) { return list.name < wanted; });
  if (named != names_.end() && named->name == key) return named->list;
  return is_hidden(key) ? kNoRules : star_list_;
}

std::size_t TagReplacer::list_of_code(const SpanBatch& batch, StringCode key) {
  std::size_t& list = list_by_key_[key];
  if (list == kNotAsked) list = list_of_key(batch.strings[key]);
  return list;
}

// Leaves the outcome in text_; false when no rule matched.
bool TagReplacer::apply(std::size_t list, std::string_view text) {
  bool matched = false;
  for (const std::size_t rule : lists_[list]) {
    next_text_.clear();
    if (!rules_[rule].replacement.replace(matched ? std::string_view(text_) : text, next_text_)) continue;
    text_.swap(next_text_);
    matched = true;
  }
  return matched;
}

StringCode TagReplacer::replaced(SpanBatch& batch, std::size_t list, StringCode value) {
  if (list == kNoRules) return value;
  if (const StringCode* known = replaced_values_.find(list, value)) return *known;
  const StringCode code = apply(list, batch.strings[value]) ? batch.strings.intern(text_) : value;
  replaced_values_.put(list, value, code);
  return code;
}

StringCode TagReplacer::replaced_events(SpanBatch& batch, StringCode events) {
  if (const StringCode* known = replaced_events_.find(0, events)) return *known;
  events_text_.clear();
  const auto rewrite = [&](const EventAttribute& attribute, std::string& out) {
    const std::size_t list = list_of_key(attribute.key);
    if (list == kNoRules || !apply(list, attribute.text) || text_ == attribute.text) return false;
    out += text_;
    return true;
  };
  const StringCode code =
      events_.rewrite(batch.strings[events], rewrite, events_text_) ? batch.strings.intern(events_text_) : events;
  replaced_events_.put(0, events, code);
  return code;
}

std::size_t TagReplacer::process(SpanBatch& batch) {
  if (empty()) return 0;
  start(batch);
  const bool changes_events = star_list_ != kNoRules || !names_.empty();
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    for (std::size_t row = batch.chunk_begin(chunk); row < batch.chunk_end[chunk]; ++row) {
      replace_names(batch, row);
      replace_meta(batch, row, chunk);
      replace_metrics(batch, row);
      if (!changes_events || batch.events[row] == kEmptyString) continue;
      const StringCode events = replaced_events(batch, batch.events[row]);
      if (events != batch.events[row]) ++changes_;
      batch.events[row] = events;
    }
  }
  if (removed_numbers_) remove_marked_tags(batch.metrics);
  if (!moved_.empty()) add_tags(batch.meta, moved_);
  return changes_;
}

void TagReplacer::start(const SpanBatch& batch) {
  list_by_key_.assign(batch.strings.size(), kNotAsked);
  replaced_values_.clear();
  replaced_events_.clear();
  moved_.clear();
  removed_numbers_ = false;
  changes_ = 0;
}

StringCode TagReplacer::replaced_operation(SpanBatch& batch, StringCode operation) {
  if (operation_list_ == kNoRules) return operation;
  if (const StringCode* known = replaced_values_.find(operation_list_, operation)) return *known;
  StringCode code = replaced(batch, operation_list_, operation);
  if (code != operation) code = batch.strings.intern(normalize_operation(batch.strings[code]).name);
  replaced_values_.put(operation_list_, operation, code);
  return code;
}

void TagReplacer::replace_names(SpanBatch& batch, std::size_t row) {
  const StringCode operation = batch.operation[row];
  batch.operation[row] = replaced_operation(batch, operation);
  if (batch.operation[row] != operation) ++changes_;

  const StringCode resource = batch.resource[row];
  const StringCode rewritten = replaced(batch, resource_list_, resource);
  batch.resource[row] = rewritten == kEmptyString ? batch.operation[row] : rewritten;
  if (batch.resource[row] != resource) ++changes_;
}

void TagReplacer::replace_meta(SpanBatch& batch, std::size_t row, std::size_t chunk) {
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
    const StringCode key = batch.meta.key[i];
    const std::size_t list = list_of_code(batch, key);
    if (list == kNoRules) continue;
    const StringCode before = batch.meta.value[i];
    const StringCode after = replaced(batch, list, before);
    if (after == before) continue;
    batch.meta.value[i] = after;
    derive(batch, row, chunk, key, before, after);
    ++changes_;
  }
}

void TagReplacer::replace_metrics(SpanBatch& batch, std::size_t row) {
  for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i) {
    const StringCode key = batch.metrics.key[i];
    const std::size_t list = list_of_code(batch, key);
    if (list == kNoRules) continue;
    const double before = batch.metrics.value[i];
    std::optional<double> number = before;
    bool matched = false;
    text_.clear();
    append_decimal(before, text_);
    for (const std::size_t rule : lists_[list]) {
      next_text_.clear();
      if (!rules_[rule].replacement.replace(text_, next_text_)) continue;
      matched = true;
      text_.swap(next_text_);
      if (!number) continue;
      number = parse_decimal(text_);
      if (!number) continue;
      text_.clear();
      append_decimal(*number, text_);
    }
    if (!matched || (number && *number == before)) continue;
    ++changes_;
    if (number) {
      batch.metrics.value[i] = *number;
    } else {
      add_moved(batch, row, key);
      batch.metrics.key[i] = kRemovedTag;
      removed_numbers_ = true;
    }
    if (batch.strings[key] != kHttpStatus) continue;
    // A text tag of this name would have had precedence.
    if (batch.http_status[row] == before) batch.http_status[row] = parse_http_status(text_);
  }
}

// The number `key` of the span at `row` has become text_, which takes the place of a text under the same key.
void TagReplacer::add_moved(SpanBatch& batch, std::size_t row, StringCode key) {
  const StringCode value = batch.strings.intern(text_);
  for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i) {
    if (batch.meta.key[i] != key) continue;
    batch.meta.value[i] = value;
    return;
  }
  for (auto moved = moved_.rbegin(); moved != moved_.rend() && moved->row == row; ++moved) {
    if (moved->key != key) continue;
    moved->value = value;
    return;
  }
  moved_.push_back({static_cast<std::uint32_t>(row), key, value});
}

void TagReplacer::process_stats_group(std::string_view operation, std::string& resource, std::uint32_t& http_status) {
  for (Rule& rule : rules_) {
    if (rule.name == kAll || rule.name == kResource) {
      text_.clear();
      if (rule.replacement.replace(resource, text_)) resource = text_;
    }
    if (rule.name != kAll && rule.name != kHttpStatus) continue;
    next_text_.clear();
    text_.clear();
    append_decimal(static_cast<std::int64_t>(http_status), next_text_);
    if (!rule.replacement.replace(next_text_, text_)) continue;
    const auto status = parse_integer(text_);
    if (status && *status >= 0 && *status <= std::numeric_limits<std::uint32_t>::max())
      http_status = static_cast<std::uint32_t>(*status);
  }
  if (resource.empty()) resource = operation;
}

}  // namespace vizsla::pipeline
