#include "codec/tracer_sampling.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_writer.h"

namespace vizsla::codec {
namespace {

using model::TracerSampling;
using model::TracerSamplingRule;
using simdjson::dom::element;
using simdjson::dom::element_type;

// As an error shows it.
std::string shown(element value) {
  constexpr std::size_t kTextBytesMax = 40;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.type() == element_type::STRING && std::string_view(value).size() > kTextBytesMax) return "a long text";
  return simdjson::minify(value);
}

tl::unexpected<Error> unexpected(const std::string& place, std::string_view expected, element value) {
  return fail(ErrorCode::InvalidInput, fmt::format("{}: expected {}, got {}", place, expected, shown(value)));
}

tl::unexpected<Error> unknown(const std::string& place, std::string_view name, std::string_view known) {
  return fail(ErrorCode::InvalidInput, fmt::format("{}: '{}' isn't known: expected {}", place, name, known));
}

Result<std::string> read_text(const std::string& place, element value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS || text.empty()) return unexpected(place, "a text", value);
  if (text.size() > kSamplingTextBytesMax) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("{}: {} bytes are more than {}", place, text.size(), kSamplingTextBytesMax));
  }
  return std::string(text);
}

Result<double> read_rate(const std::string& place, element value) {
  double rate = 0;
  // Not true of NaN, which JSON has no word for.
  const bool fits = value.get(rate) == simdjson::SUCCESS && rate >= 0 && rate <= 1;
  if (!fits) return unexpected(place, "a number from 0 to 1", value);
  return rate;
}

// {"key": "glob"}, or [{"key": "key", "value_glob": "glob"}] as APM_TRACING has it.
Result<std::vector<std::pair<std::string, std::string>>> read_tags(const std::string& place, element value) {
  std::vector<std::pair<std::string, std::string>> tags;
  simdjson::dom::array list;
  simdjson::dom::object fields;
  if (value.get(list) == simdjson::SUCCESS) {
    for (const element item : list) {
      element key;
      element glob;
      if (item["key"].get(key) != simdjson::SUCCESS || item["value_glob"].get(glob) != simdjson::SUCCESS)
        return unexpected(place, "key and value_glob", item);
      VIZSLA_TRY(std::string name, read_text(place + ".key", key));
      VIZSLA_TRY(std::string pattern, read_text(place + ".value_glob", glob));
      tags.emplace_back(std::move(name), std::move(pattern));
    }
  } else if (value.get(fields) == simdjson::SUCCESS) {
    for (const auto [key, glob] : fields) {
      VIZSLA_TRY(std::string pattern, read_text(fmt::format("{}.{}", place, key), glob));
      tags.emplace_back(std::string(key), std::move(pattern));
    }
  } else {
    return unexpected(place, "an object", value);
  }
  if (tags.size() > kSamplingRuleTagsMax)
    return fail(ErrorCode::LimitExceeded, fmt::format("{}: more than {} tags", place, kSamplingRuleTagsMax));
  return tags;
}

Result<TracerSamplingRule> read_rule(const std::string& place, element value) {
  simdjson::dom::object fields;
  if (value.get(fields) != simdjson::SUCCESS) return unexpected(place, "an object", value);
  TracerSamplingRule rule;
  bool has_rate = false;
  for (const auto [name, field] : fields) {
    const std::string at = fmt::format("{}.{}", place, name);
    if (name == "service") {
      VIZSLA_TRY(rule.service, read_text(at, field));
    } else if (name == "name") {
      VIZSLA_TRY(rule.name, read_text(at, field));
    } else if (name == "resource") {
      VIZSLA_TRY(rule.resource, read_text(at, field));
    } else if (name == "tags") {
      VIZSLA_TRY(rule.tags, read_tags(at, field));
    } else if (name == "sample_rate") {
      VIZSLA_TRY(rule.sample_rate, read_rate(at, field));
      has_rate = true;
    } else {
      return unknown(place, name, "service, name, resource, tags, sample_rate");
    }
  }
  if (!has_rate) return fail(ErrorCode::InvalidInput, fmt::format("{}: expected a field sample_rate", place));
  return rule;
}

Result<std::vector<TracerSamplingRule>> read_rules(const std::string& place, element value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return unexpected(place, "a list", value);
  std::vector<TracerSamplingRule> rules;
  for (const element item : list) {
    if (rules.size() == kSamplingRulesMax)
      return fail(ErrorCode::LimitExceeded, fmt::format("{}: more than {} rules", place, kSamplingRulesMax));
    VIZSLA_TRY(auto rule, read_rule(fmt::format("{}[{}]", place, rules.size()), item));
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<TracerSampling> read_sampling(const std::string& place, element value) {
  simdjson::dom::object fields;
  if (value.get(fields) != simdjson::SUCCESS) return unexpected(place, "an object", value);
  TracerSampling sampling;
  for (const auto [name, field] : fields) {
    const std::string at = fmt::format("{}.{}", place, name);
    if (name == "service") {
      VIZSLA_TRY(sampling.service, read_text(at, field));
    } else if (name == "env") {
      VIZSLA_TRY(sampling.env, read_text(at, field));
    } else if (name == "tracing_sampling_rate") {
      VIZSLA_TRY(sampling.sample_rate, read_rate(at, field));
    } else if (name == "tracing_sampling_rules") {
      VIZSLA_TRY(sampling.rules, read_rules(at, field));
    } else {
      return unknown(place, name, "service, env, tracing_sampling_rate, tracing_sampling_rules");
    }
  }
  if (!sampling.sample_rate && !sampling.rules) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("{}: expected a field tracing_sampling_rate or tracing_sampling_rules", place));
  }
  return sampling;
}

enum class TagForm {
  List,    // [{"key": "region", "value_glob": "eu-*"}]
  Object,  // {"region": "eu-*"}
};

void write_rule(JsonWriter& json, const TracerSamplingRule& rule, TagForm tags, bool names_provenance) {
  json.object([&] {
    // dd-trace-cpp and libdatadog have no defaults for service, resource and provenance.
    json.field("service", rule.service);
    json.field("name", rule.name);
    json.field("resource", rule.resource);
    if (!rule.tags.empty() && tags == TagForm::Object) {
      json.key("tags").object([&] {
        for (const auto& [key, glob] : rule.tags) json.field(key, glob);
      });
    } else if (!rule.tags.empty()) {
      json.key("tags").array([&] {
        for (const auto& [key, glob] : rule.tags) {
          json.object([&] {
            json.field("key", key);
            json.field("value_glob", glob);
          });
        }
      });
    }
    json.field("sample_rate", rule.sample_rate);
    // Set by a person, not worked out by a machine: mechanism 11 instead of 12.
    if (names_provenance) json.field("provenance", "customer");
  });
}

void write_rules(JsonWriter& json, const std::vector<TracerSamplingRule>& rules, TagForm tags, bool names_provenance) {
  json.array([&] {
    for (const TracerSamplingRule& rule : rules) write_rule(json, rule, tags, names_provenance);
  });
}

}  // namespace

Result<std::vector<TracerSampling>> decode_tracer_sampling(PaddedBytes body) {
  simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(body.bytes.data(), body.bytes.size(), false).get(document);
      error != simdjson::SUCCESS)
    return fail(ErrorCode::InvalidInput, fmt::format("not JSON: {}", simdjson::error_message(error)));
  simdjson::dom::array list;
  if (document.get(list) != simdjson::SUCCESS) return unexpected("the document", "a list", document);
  std::vector<TracerSampling> samplings;
  std::set<std::pair<std::string, std::string>> seen;
  for (const element item : list) {
    if (samplings.size() == kTracerSamplingsMax)
      return fail(ErrorCode::LimitExceeded, fmt::format("more than {} entries", kTracerSamplingsMax));
    const std::string place = fmt::format("[{}]", samplings.size());
    VIZSLA_TRY(auto sampling, read_sampling(place, item));
    if (!seen.emplace(sampling.service, sampling.env).second) {
      return fail(ErrorCode::InvalidInput, fmt::format("{}: service \"{}\" in env \"{}\" is there twice", place,
                                                       sampling.service, sampling.env));
    }
    samplings.push_back(std::move(sampling));
  }
  return samplings;
}

std::string encode_tracer_sampling(const std::vector<TracerSampling>& samplings) {
  JsonWriter json;
  json.array([&] {
    for (const TracerSampling& sampling : samplings) {
      json.object([&] {
        json.field("service", sampling.service);
        json.field("env", sampling.env);
        if (sampling.sample_rate) json.field("tracing_sampling_rate", *sampling.sample_rate);
        if (sampling.rules) {
          json.key("tracing_sampling_rules");
          write_rules(json, *sampling.rules, TagForm::Object, false);
        }
      });
    }
  });
  return json.text();
}

std::string encode_apm_tracing(const TracerSampling& sampling, const FileTarget& target) {
  const bool has_rules = sampling.rules && !sampling.rules->empty();
  JsonWriter json;
  json.object([&] {
    json.field("schema_version", "v1.0.0");
    json.field("action", "enable");
    json.key("service_target").object([&] {
      json.field("service", target.service);
      json.field("env", target.env);
    });
    json.key("lib_config").object([&] {
      json.field("library_language", "all");
      json.field("library_version", "latest");
      // With a point even if it is whole: dd-trace-cpp takes no integer.
      if (sampling.sample_rate) json.field("tracing_sampling_rate", *sampling.sample_rate);
      if (has_rules) {
        json.key("tracing_sampling_rules");
        write_rules(json, *sampling.rules, TagForm::List, true);
      }
    });
    if (!target.takes_sdk_config) return;
    json.key("sdk_config").object([&] {
      json.key("config").object([&] {
        if (sampling.sample_rate) json.field("DD_TRACE_SAMPLE_RATE", fmt::format("{}", *sampling.sample_rate));
        if (has_rules) {
          JsonWriter rules;
          write_rules(rules, *sampling.rules, TagForm::Object, true);
          json.field("DD_TRACE_SAMPLING_RULES", rules.view());
        }
      });
    });
  });
  return json.text();
}

}  // namespace vizsla::codec
