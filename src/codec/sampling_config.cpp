#include "codec/sampling_config.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_writer.h"

namespace vizsla::codec {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// As an error shows it: a number or a short text as it is written, of the rest what it is.
std::string shown(element value) {
  constexpr std::size_t kTextBytesMax = 40;
  switch (value.type()) {
    case element_type::OBJECT:
      return "an object";
    case element_type::ARRAY:
      return "a list";
    case element_type::STRING:
      if (std::string_view(value).size() > kTextBytesMax) return "a long text";
      [[fallthrough]];
    default:
      return simdjson::minify(value);
  }
}

tl::unexpected<Error> unexpected(std::string_view place, std::string_view expected, element value) {
  return fail(ErrorCode::InvalidInput, fmt::format("{}: expected {}, got {}", place, expected, shown(value)));
}

Result<void> read_tps(std::string_view place, element value, std::optional<double>& tps) {
  if (value.is_null()) return {};
  double number = 0;
  // Not true of NaN, which JSON has no word for.
  const bool fits = value.get(number) == simdjson::SUCCESS && number >= 0 && number <= model::kSamplingTargetMax;
  if (!fits) return unexpected(place, fmt::format("a number from 0 to {}", model::kSamplingTargetMax), value);
  tps = number;
  return {};
}

Result<void> read_flag(std::string_view place, element value, std::optional<bool>& flag) {
  if (value.is_null()) return {};
  bool read = false;
  if (value.get(read) != simdjson::SUCCESS) return unexpected(place, "true or false", value);
  flag = read;
  return {};
}

Result<model::SamplingOverrides> read_overrides(const std::string& place, element value) {
  model::SamplingOverrides config;
  if (value.is_null()) return config;
  simdjson::dom::object fields;
  if (value.get(fields) != simdjson::SUCCESS) return unexpected(place, "an object", value);
  for (const auto [name, field] : fields) {
    if (name == "priority_sampler_target_TPS") {
      VIZSLA_TRY_VOID(read_tps(fmt::format("{}.{}", place, name), field, config.priority_sampler_target_tps));
    } else if (name == "errors_sampler_target_TPS") {
      VIZSLA_TRY_VOID(read_tps(fmt::format("{}.{}", place, name), field, config.errors_sampler_target_tps));
    } else if (name == "rare_sampler_enabled") {
      VIZSLA_TRY_VOID(read_flag(fmt::format("{}.{}", place, name), field, config.rare_sampler_enabled));
    }
  }
  return config;
}

Result<model::RemoteSampling::Environment> read_environment(const std::string& place, element value) {
  simdjson::dom::object fields;
  if (value.get(fields) != simdjson::SUCCESS) return unexpected(place, "an object", value);
  model::RemoteSampling::Environment environment;
  bool has_env = false;
  for (const auto [name, field] : fields) {
    if (name == "env") {
      std::string_view env;
      if (field.get(env) != simdjson::SUCCESS) return unexpected(place + ".env", "a text", field);
      if (env.size() > kSamplingEnvBytesMax) {
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("{}.env: {} bytes are more than {}", place, env.size(), kSamplingEnvBytesMax));
      }
      environment.env = env;
      has_env = true;
    } else if (name == "config") {
      VIZSLA_TRY(environment.config, read_overrides(place + ".config", field));
    }
  }
  if (!has_env) return fail(ErrorCode::InvalidInput, fmt::format("{}: expected a field env", place));
  return environment;
}

Result<std::vector<model::RemoteSampling::Environment>> read_environments(element value) {
  std::vector<model::RemoteSampling::Environment> environments;
  if (value.is_null()) return environments;
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return unexpected("by_env", "a list", value);
  for (const element item : list) {
    if (environments.size() == kSamplingEnvsMax)
      return fail(ErrorCode::LimitExceeded, fmt::format("by_env: more than {} environments", kSamplingEnvsMax));
    VIZSLA_TRY(auto environment, read_environment(fmt::format("by_env[{}]", environments.size()), item));
    environments.push_back(std::move(environment));
  }

  std::vector<std::string_view> names;
  for (const auto& environment : environments) names.push_back(environment.env);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    return fail(ErrorCode::InvalidInput, fmt::format("by_env: the environment \"{}\" is there twice", *twice));
  return environments;
}

void write_overrides(JsonWriter& json, const model::SamplingOverrides& config) {
  json.object([&] {
    if (config.priority_sampler_target_tps)
      json.field("priority_sampler_target_TPS", *config.priority_sampler_target_tps);
    if (config.errors_sampler_target_tps) json.field("errors_sampler_target_TPS", *config.errors_sampler_target_tps);
    if (config.rare_sampler_enabled) json.field("rare_sampler_enabled", *config.rare_sampler_enabled);
  });
}

}  // namespace

Result<model::RemoteSampling> decode_sampling_config(PaddedBytes body) {
  simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(body.bytes.data(), body.bytes.size(), false).get(document);
      error != simdjson::SUCCESS)
    return fail(ErrorCode::InvalidInput, fmt::format("not a document of sampling: {}", simdjson::error_message(error)));
  simdjson::dom::object fields;
  if (document.get(fields) != simdjson::SUCCESS) return unexpected("the document", "an object", document);
  model::RemoteSampling sampling;
  for (const auto [name, field] : fields) {
    if (name == "all_envs") {
      VIZSLA_TRY(sampling.all_envs, read_overrides("all_envs", field));
    } else if (name == "by_env") {
      VIZSLA_TRY(sampling.by_env, read_environments(field));
    }
  }
  return sampling;
}

std::string encode_sampling_config(const model::RemoteSampling& sampling) {
  JsonWriter json;
  json.object([&] {
    json.key("all_envs");
    write_overrides(json, sampling.all_envs);
    json.key("by_env").array([&] {
      for (const auto& environment : sampling.by_env) {
        json.object([&] {
          json.field("env", environment.env);
          json.key("config");
          write_overrides(json, environment.config);
        });
      }
    });
  });
  return json.text();
}

}  // namespace vizsla::codec
