#include "server/settings.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include <fmt/format.h>
#include <simdjson.h>
#include <yaml-cpp/yaml.h>

#include "base/check.h"
#include "base/json_writer.h"
#include "codec/tracer_sampling.h"
#include "pipeline/normalize_names.h"
#include "server/memory_shares.h"
#include "server/settings_registry.h"

namespace vizsla::server {
namespace {

Result<void> set_data_dir(const std::vector<std::string>& texts, Settings& settings) {
  if (texts.front().empty()) return fail(ErrorCode::InvalidInput, "it is empty");
  settings.data_dir = texts.front();
  return {};
}

Result<void> set_env(const std::vector<std::string>& texts, Settings& settings) {
  settings.env = pipeline::normalize_tag_value(texts.front());
  if (settings.env.empty())
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' has no letter or digit", texts.front()));
  return {};
}

// The environment among the tags is one for spans that don't name theirs; the others are set on every span.
Result<void> set_tags(const std::vector<std::string>& texts, Settings& settings) {
  settings.pipeline.global_tags.clear();
  settings.env_of_tags.clear();
  for (const std::string& text : texts) {
    pipeline::GlobalTag tag = pipeline::parse_tag(text);
    if (tag.key.empty()) return fail(ErrorCode::InvalidInput, fmt::format("'{}' has no key", text));
    if (tag.key == "env") {
      settings.env_of_tags = pipeline::normalize_tag_value(tag.value);
    } else {
      settings.pipeline.global_tags.push_back(std::move(tag));
    }
  }
  return {};
}

Result<void> set_log_level(const std::vector<std::string>& texts, Settings& settings) {
  const auto level = log::parse_level(texts.front());
  if (!level)
    return fail(ErrorCode::InvalidInput,
                fmt::format("'{}' is none of debug, info, warn, error and off", texts.front()));
  settings.log_level = *level;
  return {};
}

Result<void> set_apm_listen(const std::vector<std::string>& texts, Settings& settings) {
  if (texts.empty()) return fail(ErrorCode::InvalidInput, "it is empty");
  settings.apm_listen.clear();
  for (const std::string& text : texts) {
    VIZSLA_TRY(http::TcpAddress address, http::parse_tcp_address(text));
    settings.apm_listen.push_back(std::move(address));
  }
  return {};
}

Result<void> set_http_allowed_hosts(const std::vector<std::string>& texts, Settings& settings) {
  settings.http_allowed_hosts = texts;
  std::erase(settings.http_allowed_hosts, "");
  return {};
}

Result<void> set_http_listen(const std::vector<std::string>& texts, Settings& settings) {
  VIZSLA_TRY(settings.http_listen, http::parse_tcp_address(texts.front()));
  return {};
}

Result<void> set_tracer_sampling(const std::vector<std::string>& texts, Settings& settings) {
  settings.tracer_sampling.clear();
  if (texts.empty() || texts.front().empty()) return {};
  const http::Body body(texts.front());
  VIZSLA_TRY(settings.tracer_sampling, codec::decode_tracer_sampling(body.padded()));
  return {};
}

const std::vector<Setting>& registry() {
  constexpr std::uint64_t kMiB = 1 << 20;
  constexpr std::uint64_t kGiB = 1 << 30;
  static const std::vector<Setting> settings = [] {
    std::vector<Setting> all{
        {"apm.listen",
         "list of host:port",
         "127.0.0.1:8126",
         "Where tracers send to. Several addresses are taken: old tracers default to port 7777. Port 0 picks a free "
         "one. "
         "Applications in containers need an address that they can reach, such as 0.0.0.0:8126.",
         {},
         set_apm_listen,
         ListSyntax::Commas},
        {"apm.max_body_bytes",
         "size",
         "25 MiB",
         "The largest trace payload that is taken.",
         {"DD_APM_MAX_PAYLOAD_SIZE"},
         bytes_into(&Settings::apm_body_bytes_max, kMiB, kGiB)},
        {"apm.socket",
         "path",
         "",
         "A unix socket that tracers can send to: a path, `off`, or empty for `apm.socket` in the data folder.",
         {"DD_APM_RECEIVER_SOCKET"},
         text_into(&Settings::apm_socket)},
        {"data_dir", "path", "./data", "The folder that holds everything.", {}, set_data_dir},
        {"env",
         "text",
         "none",
         "Environment of spans whose tracer doesn't name one.",
         {"DD_APM_ENV", "DD_ENV"},
         set_env},
        {"hostname",
         "text",
         "",
         "Host of spans whose tracer doesn't name one; empty for this machine's name.",
         {"DD_HOSTNAME"},
         text_into(&Settings::hostname)},
        {"http.allowed_hosts",
         "list of names",
         "",
         "Names under which the web UI and the API may be reached, beside localhost and IP addresses: that of a "
         "reverse "
         "proxy in front, say. `*` takes any, and lets any web page of the world read from a browser that reaches "
         "this port.",
         {},
         set_http_allowed_hosts,
         ListSyntax::Commas},
        {"http.allow_remote",
         "true or false",
         "false",
         "Lets http.listen be an address that other machines can reach, although nobody has to log in.",
         {},
         word_into<bool>(&Settings::http_allow_remote, {{"true", true}, {"false", false}})},
        {"http.listen", "host:port", "127.0.0.1:8127", "Where the web UI and the API answer.", {}, set_http_listen},
        {"intake.client_stats",
         "true or false",
         "false",
         "Lets tracers compute statistics themselves and drop traces that they wouldn't keep: less traffic, but not "
         "every span arrives. Statistics from tracers are taken either way.",
         {},
         word_into<bool>(&Settings::client_stats, {{"true", true}, {"false", false}})},
        {"log.segment_bytes",
         "size",
         "64 MiB",
         "Size of a segment of the write-ahead log.",
         {},
         bytes_into(&Settings::log_segment_bytes, kMiB, kGiB)},
        {"log.sync",
         "always or never",
         "always",
         "Whether an answer waits until the spans would survive a power cut. With `never` they survive the end of the "
         "process only.",
         {},
         word_into<bool>(&Settings::log_sync, {{"always", true}, {"never", false}})},
        {"log_level",
         "debug, info, warn, error or off",
         "info",
         "How much Vizsla says on stderr.",
         {"DD_LOG_LEVEL"},
         set_log_level},
        {"memory.budget",
         "size",
         "1 GiB",
         "What the process may take, all in all. The memory of queries, of maintenance, twice that of spans, 64 MiB "
         "for "
         "the program and at least 64 MiB for requests and answers must fit in, or it doesn't start; requests and "
         "answers have what is left.",
         {},
         bytes_into(&Settings::memory_budget, 256 * kMiB, 1024 * kGiB)},
        {"query.memory_bytes",
         "size",
         "384 MiB",
         "Memory for queries: half for the spans that they read, half for SQL, which spills to disk. A query that "
         "needs more fails.",
         {},
         bytes_into(&Settings::query_memory_bytes, 64 * kMiB, 64 * kGiB)},
        {"query.slots",
         "number",
         "4",
         "Queries that run at once; others wait in line. One of them is kept for short queries, so that pages are "
         "answered while exports run.",
         {},
         number_into(&Settings::query_slots, 1, 64)},
        {"query.spill_bytes",
         "size",
         "1 GiB",
         "Disk for queries that need more than their memory, in `tmp` in the data folder; beyond that they fail.",
         {},
         bytes_into(&Settings::query_spill_bytes, 0, 1024 * kGiB)},
        {"query.threads",
         "number",
         "2",
         "Threads that queries have for scanning, all together.",
         {},
         number_into(&Settings::query_threads, 1, 256)},
        {"query.timeout_s",
         "seconds",
         "30",
         "When a query is given up.",
         {},
         seconds_into(&Settings::query_timeout, 1, 3600)},
        {"remote_config.apm_tracing",
         "list of {service, env, tracing_sampling_rate, tracing_sampling_rules}",
         "",
         "Sampling that tracers do, told to them while they run: for those of a service in an env, where `*`, or "
         "nothing, is all; the closest entry counts. Rules are {service, name, resource, tags, sample_rate}, and the "
         "first that fits decides. What a tracer doesn't keep it sends nevertheless, unless `intake.client_stats` is "
         "on; with `sampling.enabled` it isn't stored. `PUT /api/ui/sampling` sets another list while the server runs.",
         {},
         set_tracer_sampling,
         ListSyntax::TypedJsonList},
        {"remote_config.enabled",
         "true or false",
         "true",
         "Whether tracers that ask for remote configuration are answered. While nothing is set for them they are told "
         "to leave all as it is.",
         {"DD_REMOTE_CONFIGURATION_ENABLED"},
         word_into<bool>(&Settings::remote_config, {{"true", true}, {"false", false}})},
        {"retention.days",
         "number",
         "30",
         "How long spans are kept after they have arrived, whatever their own time; 0 for ever, fractions are taken. "
         "They go block by block, so some stay a little longer.",
         {},
         days_into(&Settings::retention_age, 36'500)},
        {"retention.max_bytes",
         "size",
         "0",
         "What all of the data folder may take: when it is more, the oldest spans go. 0 for seven tenths of what is "
         "Vizsla's and what is free on the disk; then the last day is never given up for want of space.",
         {},
         bytes_into(&Settings::retention_bytes_max, 0, std::uint64_t{1} << 60)},
        {"server.max_connections",
         "number",
         "4096",
         "Connections that a listener serves at once. When all are taken, those that say nothing make room.",
         {"DD_APM_MAX_CONNECTIONS"},
         number_into(&Settings::server_connections_max, 1, 1'000'000)},
        {"server.threads",
         "number",
         "2",
         "Threads that receive, decode and answer.",
         {},
         number_into(&Settings::server_threads, 1, 256)},
        {"statistics.keep_10s_days",
         "number",
         "3",
         "How long statistics are kept by ten seconds. Charts of older times have a point a minute; 0 for ever, "
         "fractions are taken.",
         {},
         days_into(&Settings::statistics_keep_10s, 36'500)},
        {"statistics.keep_1h_days",
         "number",
         "456",
         "How long statistics are kept by the hour; 0 for ever. After that nothing is left of them.",
         {},
         days_into(&Settings::statistics_keep_1h, 36'500)},
        {"statistics.keep_1m_days",
         "number",
         "30",
         "How long statistics are kept by the minute. Charts of older times have a point an hour; 0 for ever.",
         {},
         days_into(&Settings::statistics_keep_1m, 36'500)},
        {"statistics.max_operations",
         "number",
         "100",
         "Operations of a service that statistics tell apart; the others count together, as agent_blocked_value.",
         {},
         limit_into(pipeline::StatsLimit::Operations, 10'000)},
        {"statistics.max_resources",
         "number",
         "1000",
         "Resources of an operation that statistics tell apart; the others count together. Spans keep theirs.",
         {},
         limit_into(pipeline::StatsLimit::Resources, 100'000)},
        {"statistics.max_services",
         "number",
         "5000",
         "Services of an env that statistics tell apart; the others count together.",
         {},
         limit_into(pipeline::StatsLimit::Services, 100'000)},
        {"store.block_age_s",
         "seconds",
         "600",
         "How long spans stay in memory and in the log before they become a block.",
         {},
         seconds_into(&Settings::store_block_age, 1, 86'400)},
        {"store.block_rows",
         "number",
         "250000",
         "Spans after which a block is written.",
         {},
         number_into(&Settings::store_block_rows, 1000, 10'000'000)},
        {"store.maintenance_memory_bytes",
         "size",
         "128 MiB",
         "Memory for the store's own work on its blocks.",
         {},
         bytes_into(&Settings::store_maintenance_memory_bytes, 32 * kMiB, 64 * kGiB)},
        {"store.merge_rows",
         "number",
         "2000000",
         "Spans of neighbouring blocks that are merged into one; at most twice as many. What is left of a day is "
         "merged "
         "when the day is over.",
         {},
         number_into(&Settings::store_merge_rows, 1000, 20'000'000)},
        {"store.memory_bytes",
         "size",
         "128 MiB",
         "Memory for spans that aren't in blocks yet; when it is full, payloads are refused. As much again may "
         "wait for the log.",
         {},
         bytes_into(&Settings::store_memory_bytes, 16 * kMiB, 64 * kGiB)},
        {"tags",
         "list of key:value",
         "",
         "Tags for every span, in the place of its own ones; `env` among them is that of spans whose tracer doesn't "
         "name one.",
         {"DD_TAGS"},
         set_tags,
         ListSyntax::Names},
    };
    add_agent_settings(all);
    std::sort(all.begin(), all.end(), [](const Setting& a, const Setting& b) { return a.key < b.key; });
    return all;
  }();
  return settings;
}

const Setting* find_setting(std::string_view key) {
  for (const Setting& setting : registry()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

// By its name in a datadog.yaml.
const Setting* find_agent_setting(std::string_view key) {
  static constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
      {"apm_config.env", "env"},
      {"apm_config.receiver_socket", "apm.socket"},
      {"apm_config.max_payload_size", "apm.max_body_bytes"},
      {"apm_config.max_connections", "server.max_connections"},
  };
  for (const auto& [agents, ours] : kOtherNames) {
    if (key == agents) return find_setting(ours);
  }
  const bool same = key == "env" || key == "hostname" || key == "tags" || key == "log_level";
  return same || key.starts_with("apm_config.") ? find_setting(key) : nullptr;
}

// "apm.listen" → "VIZSLA_APM_LISTEN".
std::string own_variable(std::string_view key) {
  std::string name = "VIZSLA_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 0x20 : c);
  return name;
}

std::vector<std::string> split_at(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

// Quotes hold commas; a doubled quote in them is one.
std::vector<std::string> split_csv(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && !quoted)) {
      if (!part.empty()) parts.push_back(part);
      part.clear();
    } else if (text[i] == '"') {
      if (quoted && i + 1 < text.size() && text[i + 1] == '"')
        part += text[++i];
      else
        quoted = !quoted;
    } else {
      part += text[i];
    }
  }
  return parts;
}

std::vector<std::string> split_words(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (!text.starts_with('[') || parser.parse(simdjson::padded_string(text)).get(list) != 0u) return split_at(text, ' ');
  std::vector<std::string> parts;
  for (const simdjson::dom::element item : list) {
    std::string_view part;
    if (item.get(part) == 0u) parts.emplace_back(part);
  }
  return parts;
}

std::vector<std::string> split_list(const Setting& setting, std::string_view text) {
  switch (setting.list) {
    case ListSyntax::Commas:
      return split_at(text, ',');
    case ListSyntax::Names: {
      std::string blanks(text);
      std::ranges::replace(blanks, ',', ' ');
      return split_at(blanks, ' ');
    }
    case ListSyntax::Csv:
      return split_csv(text);
    case ListSyntax::Words:
      return split_words(text);
    default:
      return {std::string(text)};
  }
}

// Whether a scalar is a number, true or false in JSON's words, and wasn't in quotes.
bool is_json_value(const YAML::Node& node) {
  if (node.Tag() != "?") return false;
  simdjson::dom::parser parser;
  simdjson::dom::element value;
  return parser.parse(node.as<std::string>()).get(value) == simdjson::SUCCESS && (value.is_number() || value.is_bool());
}

// A list of maps in YAML as JSON: what such a setting is given as in the environment.
std::string to_json(const YAML::Node& node, ListSyntax syntax) {
  JsonWriter json;
  const std::function<void(const YAML::Node&)> write = [&](const YAML::Node& at) {
    if (at.IsSequence()) {
      json.array([&] {
        for (const auto& item : at) write(item);
      });
    } else if (at.IsMap()) {
      json.object([&] {
        for (const auto& entry : at) {
          json.key(entry.first.as<std::string>());
          write(entry.second);
        }
      });
    } else if (syntax == ListSyntax::TypedJsonList && !at.IsNull() && is_json_value(at)) {
      json.raw(at.as<std::string>());
    } else {
      json.value(at.IsNull() ? std::string{} : at.as<std::string>());
    }
  };
  write(node);
  return json.text();
}

bool is_json_list(const Setting& setting) {
  return setting.list == ListSyntax::JsonList || setting.list == ListSyntax::TypedJsonList;
}

// The known key that looks most like `key`, for "did you mean".
std::string closest_key(std::string_view key) {
  std::string closest;
  std::size_t best = key.size() / 2 + 1;
  for (const Setting& setting : registry()) {
    const std::string_view known = setting.key;
    std::vector<std::size_t> row(known.size() + 1);
    for (std::size_t j = 0; j <= known.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= key.size(); ++i) {
      std::size_t diagonal = row[0]++;
      for (std::size_t j = 1; j <= known.size(); ++j) {
        const std::size_t replaced = diagonal + (key[i - 1] == known[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
      }
    }
    if (row.back() < best) {
      best = row.back();
      closest = known;
    }
  }
  return closest;
}

tl::unexpected<Error> unknown_key(std::string_view key, std::string_view origin) {
  const std::string closest = closest_key(key);
  return fail(ErrorCode::InvalidInput,
              fmt::format("{}: there is no setting '{}'{}", origin, key,
                          closest.empty() ? "" : fmt::format("; did you mean '{}'?", closest)));
}

}  // namespace

SettingsBuilder::SettingsBuilder() {
  for (const Setting& setting : registry()) {
    values_[std::string(setting.key)] = {split_list(setting, setting.standard), "default"};
  }
}

Result<void> SettingsBuilder::read_yaml(std::string_view text, const std::string& name) {
  return read(text, name, Source::Ours);
}

Result<void> SettingsBuilder::read_agent_yaml(std::string_view text, const std::string& name) {
  return read(text, name, Source::Agents);
}

Result<void> SettingsBuilder::read(std::string_view text, const std::string& name, Source source) {
  const auto line_of = [&](const YAML::Node& node) { return fmt::format("{}, line {}", name, node.Mark().line + 1); };
  // Walks nested maps; a key is known as soon as it names a setting.
  const std::function<Result<void>(const YAML::Node&, const std::string&)> walk =
      [&](const YAML::Node& map, const std::string& prefix) -> Result<void> {
    if (!map.IsMap()) return fail(ErrorCode::InvalidInput, fmt::format("{}: expected keys and values", line_of(map)));
    for (const auto& entry : map) {
      const std::string key = prefix + entry.first.as<std::string>();
      const std::string origin = line_of(entry.first);
      const Setting* setting = source == Source::Ours ? find_setting(key) : find_agent_setting(key);
      if (setting == nullptr) {
        if (source == Source::Agents) {
          // The Agent has hundreds of settings for what isn't ours to do.
          if (entry.second.IsMap() && key.starts_with("apm_config")) VIZSLA_TRY_VOID(walk(entry.second, key + "."));
          continue;
        }
        const bool is_group = std::any_of(registry().begin(), registry().end(),
                                          [&](const Setting& s) { return s.key.starts_with(key + "."); });
        if (!is_group) return unknown_key(key, origin);
        if (entry.second.IsNull()) continue;
        VIZSLA_TRY_VOID(walk(entry.second, key + "."));
        continue;
      }
      Value value{{}, origin};
      if (is_json_list(*setting) && entry.second.IsSequence()) {
        value.texts.push_back(to_json(entry.second, setting->list));
      } else if (setting->list != ListSyntax::NoList && entry.second.IsSequence()) {
        for (const auto& item : entry.second) {
          if (!item.IsScalar())
            return fail(ErrorCode::InvalidInput, fmt::format("{}: {} is a {}", origin, key, setting->type));
          value.texts.push_back(item.as<std::string>());
        }
      } else if (entry.second.IsScalar()) {
        value.texts = split_list(*setting, entry.second.as<std::string>());
      } else {
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {} takes {}", origin, key, setting->type));
      }
      values_[std::string(setting->key)] = std::move(value);
    }
    return {};
  };
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (root.IsNull()) return {};
    return walk(root, "");
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::InvalidInput, fmt::format("{}, line {}: {}", name, error.mark.line + 1, error.msg));
  }
}

Result<void> SettingsBuilder::read_environment(GetEnv get) {
  for (const Setting& setting : registry()) {
    std::vector<std::string> names;
    for (const std::string_view name : setting.environment) names.emplace_back(name);
    names.push_back(own_variable(setting.key));  // last: ours wins
    for (const std::string& name : names) {
      const char* value = get(name.c_str());
      if (value == nullptr || *value == '\0') continue;
      values_[std::string(setting.key)] = {split_list(setting, value), name};
    }
  }
  return {};
}

Result<void> SettingsBuilder::set_from_flag(std::string_view key, std::string_view value, std::string_view flag) {
  const Setting* setting = find_setting(key);
  if (setting == nullptr) return unknown_key(key, flag);
  Value& at = values_[std::string(key)];
  if (at.origin != flag) at = {{}, std::string(flag)};
  if (setting->list == ListSyntax::NoList || is_json_list(*setting)) at.texts.clear();
  for (std::string& text : split_list(*setting, value)) at.texts.push_back(std::move(text));
  return {};
}

Result<Settings> SettingsBuilder::build() const {
  Settings settings;
  for (const Setting& setting : registry()) {
    const Value& value = values_.find(setting.key)->second;
    const auto wrong = [&](std::string_view what) {
      return fail(ErrorCode::InvalidInput, fmt::format("{}: {}: {}", value.origin, setting.key, what));
    };
    if (value.texts.empty() && setting.list == ListSyntax::NoList) return wrong("it is empty");
    if (const auto applied = setting.apply(value.texts, settings); !applied) return wrong(applied.error().message);
  }
  // Expressions that don't compile, rules that would leave nothing of a name.
  if (const auto pipeline = pipeline::TracePipeline::create(settings.pipeline); !pipeline) {
    const std::string& message = pipeline.error().message;
    const auto value = values_.find("apm_config." + message.substr(0, message.find(',')));
    VIZSLA_CHECK(value != values_.end());
    return fail(pipeline.error().code, fmt::format("{}: apm_config.{}", value->second.origin, message));
  }
  if (const auto sampling = pipeline::check_sampling(settings.sampling); !sampling) {
    const std::string& message = sampling.error().message;
    const auto value = values_.find("apm_config." + message.substr(0, message.find(',')));
    const std::string origin = value == values_.end() ? "settings" : value->second.origin;
    return fail(sampling.error().code, fmt::format("{}: apm_config.{}", origin, message));
  }
  // A port in the Agent's words counts unless somebody says it in ours.
  if (settings.agent_receiver_port && values_.find("apm.listen")->second.origin == "default")
    settings.apm_listen = {{settings.agent_non_local_traffic ? "0.0.0.0" : "127.0.0.1", *settings.agent_receiver_port}};
  if (!settings.env_of_tags.empty() && values_.find("env")->second.origin == "default")
    settings.env = settings.env_of_tags;
  // What a finer tier doesn't have any more a coarser one must have.
  const auto keeps_longer = [](std::chrono::nanoseconds coarse, std::chrono::nanoseconds fine) {
    return coarse.count() == 0 || (fine.count() != 0 && coarse >= fine);
  };
  if (!keeps_longer(settings.statistics_keep_1m, settings.statistics_keep_10s)) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("{}: statistics.keep_1m_days: it must be no less than statistics.keep_10s_days",
                            values_.find("statistics.keep_1m_days")->second.origin));
  }
  if (!keeps_longer(settings.statistics_keep_1h, settings.statistics_keep_1m)) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("{}: statistics.keep_1h_days: it must be no less than statistics.keep_1m_days",
                            values_.find("statistics.keep_1h_days")->second.origin));
  }
  if (const auto shares = share_memory(settings); !shares)
    return fail(shares.error().code, fmt::format("{}: memory.budget: {}", values_.find("memory.budget")->second.origin,
                                                 shares.error().message));
  const std::string& host = settings.http_listen.host;
  const bool loopback = host == "localhost" || host == "::1" || host.starts_with("127.");
  if (!loopback && !settings.http_allow_remote) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("{}: http.listen is {}: other machines could read every trace, and nobody has to log in. "
                            "If that is meant, add "
                            "--http-allow-remote (http.allow_remote: true)",
                            values_.find("http.listen")->second.origin, to_string(settings.http_listen)));
  }
  return settings;
}

std::string settings_markdown() {
  std::string text =
      "# Settings\n\n"
      "Made by `vizsla check-config --markdown`; a test compares it with the registry in `src/server/settings.cpp`.\n\n"
      "Later ones win: default, `vizsla.yaml` (`--config`), environment, flags. In the file, keys are nested at their "
      "dots:\n\n"
      "```yaml\napm:\n  listen: [\"127.0.0.1:8126\", \"127.0.0.1:7777\"]\nenv: prod\n```\n\n"
      "Any setting can be given as a flag: `--set key=value`. An unknown key, a value of another type or out of range "
      "is an error that names\n"
      "the key and the line; Vizsla then ends with status 2.\n\n"
      "| key | takes | default | environment | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& setting : registry()) {
    std::string variables = fmt::format("`{}`", own_variable(setting.key));
    for (const std::string_view name : setting.environment) variables += fmt::format(", `{}`", name);
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", setting.key, setting.type,
                    setting.standard.empty() ? "" : fmt::format("`{}`", setting.standard), variables, setting.meaning);
  }
  return text;
}

}  // namespace vizsla::server
