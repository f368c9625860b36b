#include <simdjson.h>

#include "server/settings_registry.h"

namespace vizsla::server {
namespace {

using Texts = std::vector<std::string>;

Result<bool> truth(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return fail(ErrorCode::InvalidInput, fmt::format("'{}' is neither true nor false", text));
}

// `place` gives the field: settings lie in structs within structs.
template <class Place>
auto truth_at(Place place) {
  return [place](const Texts& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(place(settings), truth(texts.front()));
    return {};
  };
}

template <class Place>
auto texts_at(Place place) {
  return [place](const Texts& texts, Settings& settings) -> Result<void> {
    place(settings) = texts;
    return {};
  };
}

Result<void> set_replace_tags(const Texts& texts, Settings& settings) {
  settings.pipeline.replace_tags.clear();
  if (texts.empty() || texts.front().empty()) return {};
  simdjson::dom::parser parser;
  simdjson::dom::array rules;
  if (parser.parse(simdjson::padded_string(texts.front())).get(rules) != 0u)
    return fail(ErrorCode::InvalidInput, "expected a list of {name, pattern, repl}");
  for (const simdjson::dom::element rule : rules) {
    std::string_view name;
    std::string_view pattern;
    std::string_view replacement;
    if (rule["name"].get(name) != 0u || rule["pattern"].get(pattern) != 0u)
      return fail(ErrorCode::InvalidInput, "each rule needs a name and a pattern");
    std::ignore = rule["repl"].get(replacement);
    settings.pipeline.replace_tags.push_back({std::string(name), std::string(pattern), std::string(replacement)});
  }
  return {};
}

Result<void> set_sql_mode(const Texts& texts, Settings& settings) {
  if (texts.front().empty()) return {};  // a feature may have chosen one
  VIZSLA_TRY(settings.pipeline.obfuscation.sql.mode, pipeline::sql_mode(texts.front()));
  return {};
}

// Those that change what is stored; the Agent has others, which are left alone.
Result<void> set_features(const Texts& texts, Settings& settings) {
  pipeline::SqlOptions& sql = settings.pipeline.obfuscation.sql;
  for (const std::string& feature : texts) {
    if (feature == "error_rare_sample_tracer_drop") settings.sampling.error_rare_sample_tracer_drop = true;
    if (feature == "probabilistic_sampler_full_trace_id") settings.sampling.probabilistic_sampler_full_trace_id = true;
    if (feature == "component2name") settings.pipeline.normalize.component_to_name = true;
    if (feature == "big_resource") settings.pipeline.normalize.big_resource = true;
    if (feature == "table_names" || feature == "quantize_sql_tables") sql.table_names = true;
    if (feature == "replace_sql_digits" || feature == "quantize_sql_tables") sql.replace_digits = true;
    if (feature == "keep_sql_alias") sql.keep_sql_alias = true;
    if (feature == "dollar_quoted_func") sql.dollar_quoted_func = true;
    if (feature == "sqllexer" && sql.mode == pipeline::SqlMode::Default) sql.mode = pipeline::SqlMode::ObfuscateOnly;
  }
  return {};
}

// `place` gives the field; check_sampling() says what is out of range.
template <class Place>
auto real_at(Place place) {
  return [place](const Texts& texts, Settings& settings) -> Result<void> {
    const std::string& text = texts.front();
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
      return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no number", text));
    place(settings) = value;
    return {};
  };
}

Result<void> set_hash_seed(const Texts& texts, Settings& settings) {
  VIZSLA_TRY(const std::uint64_t seed, whole_number(texts.front(), 0, UINT32_MAX));
  settings.sampling.probabilistic_sampler.hash_seed = static_cast<std::uint32_t>(seed);
  return {};
}

Result<void> set_receiver_port(const Texts& texts, Settings& settings) {
  if (texts.front().empty()) return {};
  VIZSLA_TRY(const std::uint64_t port, whole_number(texts.front(), 0, 65'535));
  settings.agent_receiver_port = static_cast<std::uint16_t>(port);
  return {};
}

}  // namespace

void add_agent_settings(std::vector<Setting>& registry) {
  const auto add_truth = [&](std::string_view key, std::string_view standard, std::string_view meaning,
                             std::string_view variable, auto place) {
    registry.push_back({key, "true or false", standard, meaning, {variable}, truth_at(place)});
  };
  const auto add_texts = [&](std::string_view key, std::string_view type, std::string_view meaning,
                             std::string_view variable, ListSyntax syntax, auto place) {
    registry.push_back({key, type, "", meaning, {variable}, texts_at(place), syntax});
  };

  registry.push_back({"apm_config.receiver_port",
                      "number",
                      "",
                      "The Agent's way to say `apm.listen`; counts where that isn't said.",
                      {"DD_APM_RECEIVER_PORT"},
                      set_receiver_port});
  add_truth("apm_config.apm_non_local_traffic", "false",
            "With `receiver_port`: listen on all addresses instead of 127.0.0.1.", "DD_APM_NON_LOCAL_TRAFFIC",
            [](Settings& s) -> bool& { return s.agent_non_local_traffic; });

  add_texts("apm_config.ignore_resources", "list of regular expressions",
            "Traces whose root has a resource that one of these matches are dropped, and counted as ignored_resource.",
            "DD_APM_IGNORE_RESOURCES", ListSyntax::Csv,
            [](Settings& s) -> Texts& { return s.pipeline.filters.ignore_resources; });
  add_texts("apm_config.filter_tags.require", "list of key or key:value",
            "Traces whose root lacks one of these are dropped.", "DD_APM_FILTER_TAGS_REQUIRE", ListSyntax::Words,
            [](Settings& s) -> Texts& { return s.pipeline.filters.filter_tags_require; });
  add_texts("apm_config.filter_tags.reject", "list of key or key:value",
            "Traces whose root has one of these are dropped.", "DD_APM_FILTER_TAGS_REJECT", ListSyntax::Words,
            [](Settings& s) -> Texts& { return s.pipeline.filters.filter_tags_reject; });
  add_texts("apm_config.filter_tags_regex.require", "list of key or key:expression",
            "The same with a regular expression for the value.", "DD_APM_FILTER_TAGS_REGEX_REQUIRE", ListSyntax::Words,
            [](Settings& s) -> Texts& { return s.pipeline.filters.filter_tags_regex_require; });
  add_texts("apm_config.filter_tags_regex.reject", "list of key or key:expression",
            "The same with a regular expression for the value.", "DD_APM_FILTER_TAGS_REGEX_REJECT", ListSyntax::Words,
            [](Settings& s) -> Texts& { return s.pipeline.filters.filter_tags_regex_reject; });
  registry.push_back({"apm_config.replace_tags",
                      "list of {name, pattern, repl}",
                      "",
                      "Rules that rewrite tags, resources (`resource.name`), operations (`span.name`), or all of them "
                      "(`*`), by regular expressions.",
                      {"DD_APM_REPLACE_TAGS"},
                      set_replace_tags,
                      ListSyntax::JsonList});
  registry.push_back({"apm_config.sql_obfuscation_mode",
                      "text",
                      "",
                      "Empty, `obfuscate_only`, `obfuscate_and_normalize` or `normalize_only`.",
                      {"DD_APM_SQL_OBFUSCATION_MODE"},
                      set_sql_mode});
  registry.push_back(
      {"apm_config.features",
       "list of names",
       "",
       "Of the Agent's features: big_resource, component2name, table_names, quantize_sql_tables, "
       "replace_sql_digits, keep_sql_alias, dollar_quoted_func, sqllexer, error_rare_sample_tracer_drop, "
       "probabilistic_sampler_full_trace_id.",
       {"DD_APM_FEATURES"},
       set_features,
       ListSyntax::Names});

  add_truth("apm_config.compute_stats_by_span_kind", "true",
            "Spans of kind server, client, producer and consumer are counted, whether or not they are entry spans.",
            "DD_APM_COMPUTE_STATS_BY_SPAN_KIND",
            [](Settings& s) -> bool& { return s.pipeline.concentrator.by_span_kind; });
  add_truth("apm_config.peer_tags_aggregation", "true", "Statistics tell apart whom a span called.",
            "DD_APM_PEER_TAGS_AGGREGATION",
            [](Settings& s) -> bool& { return s.pipeline.concentrator.peer_tags_aggregation; });
  add_texts("apm_config.peer_tags", "list of keys", "Tags that say so, beside the usual ones.", "DD_APM_PEER_TAGS",
            ListSyntax::Words, [](Settings& s) -> Texts& { return s.pipeline.concentrator.peer_tags; });

  registry.push_back({"sampling.enabled",
                      "true or false",
                      "false",
                      "Keep a part of the traces, as the settings below say. Statistics count all of them either way.",
                      {},
                      truth_at([](Settings& s) -> bool& { return s.sampling.enabled; })});
  registry.push_back({"apm_config.target_traces_per_second",
                      "number",
                      "10",
                      "With `sampling.enabled`: traces a second that are kept by the rates that tracers are told.",
                      {"DD_APM_TARGET_TPS", "DD_APM_MAX_TPS"},
                      real_at([](Settings& s) -> double& { return s.sampling.target_traces_per_second; })});
  registry.push_back({"apm_config.errors_per_second",
                      "number",
                      "10",
                      "With `sampling.enabled`: traces with errors that are kept beside those; 0 for none.",
                      {"DD_APM_ERROR_TPS"},
                      real_at([](Settings& s) -> double& { return s.sampling.errors_per_second; })});
  add_truth("apm_config.enable_rare_sampler", "false",
            "With `sampling.enabled`: kinds of spans that haven't been seen for 5 minutes are kept.",
            "DD_APM_ENABLE_RARE_SAMPLER", [](Settings& s) -> bool& { return s.sampling.enable_rare_sampler; });
  add_truth("apm_config.probabilistic_sampler.enabled", "false",
            "With `sampling.enabled`: keep by the hash of the trace id instead of by rates.",
            "DD_APM_PROBABILISTIC_SAMPLER_ENABLED",
            [](Settings& s) -> bool& { return s.sampling.probabilistic_sampler.enabled; });
  registry.push_back(
      {"apm_config.probabilistic_sampler.sampling_percentage",
       "number",
       "0",
       "Of traces, that are kept by it.",
       {"DD_APM_PROBABILISTIC_SAMPLER_SAMPLING_PERCENTAGE"},
       real_at([](Settings& s) -> double& { return s.sampling.probabilistic_sampler.sampling_percentage; })});
  registry.push_back({"apm_config.probabilistic_sampler.hash_seed",
                      "number",
                      "0",
                      "The same for all that sample the same traces.",
                      {"DD_APM_PROBABILISTIC_SAMPLER_HASH_SEED"},
                      set_hash_seed});
  add_truth("apm_config.error_tracking_standalone.enabled", "false",
            "With `sampling.enabled`: keep traces with errors and no others.",
            "DD_APM_ERROR_TRACKING_STANDALONE_ENABLED",
            [](Settings& s) -> bool& { return s.sampling.error_tracking_standalone; });

#define VIZSLA_OBFUSCATION(field) [](Settings& s) -> auto& { return s.pipeline.obfuscation.field; }
  const auto add_json = [&](std::string_view enabled, std::string_view enabled_variable, std::string_view keep,
                            std::string_view keep_variable, std::string_view sql, std::string_view sql_variable,
                            auto place) {
    add_truth(enabled, "true", "Values in the JSON of its queries become `?`.", enabled_variable,
              [place](Settings& s) -> bool& { return place(s).enabled; });
    add_texts(keep, "list of keys", "Values below these keys are kept.", keep_variable, ListSyntax::Words,
              [place](Settings& s) -> Texts& { return place(s).rules.keep_values; });
    add_texts(sql, "list of keys", "The texts under these keys are SQL.", sql_variable, ListSyntax::Words,
              [place](Settings& s) -> Texts& { return place(s).rules.obfuscate_sql_values; });
  };
  add_json("apm_config.obfuscation.elasticsearch.enabled", "DD_APM_OBFUSCATION_ELASTICSEARCH_ENABLED",
           "apm_config.obfuscation.elasticsearch.keep_values", "DD_APM_OBFUSCATION_ELASTICSEARCH_KEEP_VALUES",
           "apm_config.obfuscation.elasticsearch.obfuscate_sql_values",
           "DD_APM_OBFUSCATION_ELASTICSEARCH_OBFUSCATE_SQL_VALUES", VIZSLA_OBFUSCATION(elasticsearch));
  add_json("apm_config.obfuscation.opensearch.enabled", "DD_APM_OBFUSCATION_OPENSEARCH_ENABLED",
           "apm_config.obfuscation.opensearch.keep_values", "DD_APM_OBFUSCATION_OPENSEARCH_KEEP_VALUES",
           "apm_config.obfuscation.opensearch.obfuscate_sql_values",
           "DD_APM_OBFUSCATION_OPENSEARCH_OBFUSCATE_SQL_VALUES", VIZSLA_OBFUSCATION(opensearch));
  add_json("apm_config.obfuscation.mongodb.enabled", "DD_APM_OBFUSCATION_MONGODB_ENABLED",
           "apm_config.obfuscation.mongodb.keep_values", "DD_APM_OBFUSCATION_MONGODB_KEEP_VALUES",
           "apm_config.obfuscation.mongodb.obfuscate_sql_values", "DD_APM_OBFUSCATION_MONGODB_OBFUSCATE_SQL_VALUES",
           VIZSLA_OBFUSCATION(mongodb));
  add_truth("apm_config.obfuscation.http.remove_query_string", "false", "The query of `http.url` becomes `?`.",
            "DD_APM_OBFUSCATION_HTTP_REMOVE_QUERY_STRING", VIZSLA_OBFUSCATION(http.remove_query_string));
  add_truth("apm_config.obfuscation.http.remove_paths_with_digits", "false",
            "Parts of its path that hold digits become `?`.", "DD_APM_OBFUSCATION_HTTP_REMOVE_PATHS_WITH_DIGITS",
            VIZSLA_OBFUSCATION(http.remove_paths_with_digits));
  add_truth("apm_config.obfuscation.memcached.enabled", "true", "`memcached.command` is emptied.",
            "DD_APM_OBFUSCATION_MEMCACHED_ENABLED", VIZSLA_OBFUSCATION(memcached));
  add_truth("apm_config.obfuscation.memcached.keep_command", "false", "Its first line stays.",
            "DD_APM_OBFUSCATION_MEMCACHED_KEEP_COMMAND", VIZSLA_OBFUSCATION(memcached_keep_command));
  add_truth("apm_config.obfuscation.redis.enabled", "true", "Arguments in `redis.raw_command` become `?`.",
            "DD_APM_OBFUSCATION_REDIS_ENABLED", VIZSLA_OBFUSCATION(redis));
  add_truth("apm_config.obfuscation.redis.remove_all_args", "false", "All of them.",
            "DD_APM_OBFUSCATION_REDIS_REMOVE_ALL_ARGS", VIZSLA_OBFUSCATION(redis_remove_all_args));
  add_truth("apm_config.obfuscation.valkey.enabled", "true", "Arguments in `valkey.raw_command` become `?`.",
            "DD_APM_OBFUSCATION_VALKEY_ENABLED", VIZSLA_OBFUSCATION(valkey));
  add_truth("apm_config.obfuscation.valkey.remove_all_args", "false", "All of them.",
            "DD_APM_OBFUSCATION_VALKEY_REMOVE_ALL_ARGS", VIZSLA_OBFUSCATION(valkey_remove_all_args));
  add_truth("apm_config.obfuscation.remove_stack_traces", "false", "Stack traces in tags and events become `?`.",
            "DD_APM_OBFUSCATION_REMOVE_STACK_TRACES", VIZSLA_OBFUSCATION(remove_stack_traces));
  add_truth("apm_config.obfuscation.credit_cards.enabled", "true",
            "Values that look like the number of a payment card become `?`.", "DD_APM_OBFUSCATION_CREDIT_CARDS_ENABLED",
            VIZSLA_OBFUSCATION(credit_cards));
  add_truth("apm_config.obfuscation.credit_cards.luhn", "false", "Only if their check digit fits, too.",
            "DD_APM_OBFUSCATION_CREDIT_CARDS_LUHN", VIZSLA_OBFUSCATION(credit_card_rules.luhn));
  add_texts("apm_config.obfuscation.credit_cards.keep_values", "list of keys", "Tags that aren't looked at.",
            "DD_APM_OBFUSCATION_CREDIT_CARDS_KEEP_VALUES", ListSyntax::Words,
            VIZSLA_OBFUSCATION(credit_card_rules.keep_values));
#undef VIZSLA_OBFUSCATION
}

}  // namespace vizsla::server
