#include "server/settings.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "pipeline/normalize_names.h"

namespace vizsla::server {
namespace {

// One setting: what it is called, what it takes, and where it goes.
struct Setting {
  std::string_view key;  // in the file: nested at the dots
  std::string_view type;
  std::string_view standard;  // its value when nobody says anything
  std::string_view meaning;
  std::vector<std::string_view> environment;  // beside VIZSLA_<KEY>
  std::function<Result<void>(const std::vector<std::string>&, Settings&)> apply;
  bool is_list = false;
};

Result<std::uint64_t> whole_number(std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no whole number", text));
  if (value < low || value > high)
    return fail(ErrorCode::InvalidInput, fmt::format("{} is out of range: {} to {}", value, low, high));
  return value;
}

template <class Number>
auto number_into(Number Settings::* field, std::uint64_t low, std::uint64_t high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(const std::uint64_t value, whole_number(texts.front(), low, high));
    settings.*field = static_cast<Number>(value);
    return {};
  };
}

// "64 MiB", "1GiB", "4096".
Result<std::uint64_t> bytes(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  int shift = 0;
  std::string_view number = text;
  for (const auto& [unit, bits] : kUnits) {
    if (!number.ends_with(unit)) continue;
    number.remove_suffix(unit.size());
    shift = bits;
    break;
  }
  while (number.ends_with(' ')) number.remove_suffix(1);
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || value > UINT64_MAX >> shift)
    return fail(ErrorCode::InvalidInput,
                fmt::format("'{}' is no size: expected a number of bytes, or one with KiB, MiB or GiB", text));
  return value << shift;
}

auto bytes_into(std::uint64_t Settings::* field, std::uint64_t low, std::uint64_t high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(settings.*field, bytes(texts.front()));
    if (settings.*field < low || settings.*field > high)
      return fail(ErrorCode::InvalidInput,
                  fmt::format("{} is out of range: {} to {} MiB", texts.front(), low >> 20, high >> 20));
    return {};
  };
}

auto seconds_into(std::chrono::seconds Settings::* field, std::uint64_t low, std::uint64_t high) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    VIZSLA_TRY(const std::uint64_t value, whole_number(texts.front(), low, high));
    settings.*field = std::chrono::seconds(value);
    return {};
  };
}

auto text_into(std::string Settings::* field) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    settings.*field = texts.front();
    return {};
  };
}

// One of a few words.
template <class T>
auto word_into(T Settings::* field, std::vector<std::pair<std::string_view, T>> words) {
  return [=](const std::vector<std::string>& texts, Settings& settings) -> Result<void> {
    std::string allowed;
    for (const auto& [word, value] : words) {
      if (texts.front() == word) {
        settings.*field = value;
        return {};
      }
      allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", word);
    }
    return fail(ErrorCode::InvalidInput, fmt::format("'{}' is none of: {}", texts.front(), allowed));
  };
}

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

Result<void> set_apm_listen(const std::vector<std::string>& texts, Settings& settings) {
  settings.apm_listen.clear();
  for (const std::string& text : texts) {
    VIZSLA_TRY(http::TcpAddress address, http::parse_tcp_address(text));
    settings.apm_listen.push_back(std::move(address));
  }
  return {};
}

Result<void> set_http_listen(const std::vector<std::string>& texts, Settings& settings) {
  VIZSLA_TRY(settings.http_listen, http::parse_tcp_address(texts.front()));
  return {};
}

const std::vector<Setting>& registry() {
  constexpr std::uint64_t kMiB = 1 << 20;
  constexpr std::uint64_t kGiB = 1 << 30;
  static const std::vector<Setting> settings{
      {"apm.listen",
       "list of host:port",
       "127.0.0.1:8126",
       "Where tracers send to. Several addresses are taken: old tracers default to port 7777. Port 0 picks a free one. "
       "Applications in containers need an address that they can reach, such as 0.0.0.0:8126.",
       {},
       set_apm_listen,
       true},
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
      {"env", "text", "none", "Environment of spans whose tracer doesn't name one.", {"DD_APM_ENV", "DD_ENV"}, set_env},
      {"hostname",
       "text",
       "",
       "Host of spans whose tracer doesn't name one; empty for this machine's name.",
       {"DD_HOSTNAME"},
       text_into(&Settings::hostname)},
      {"http.allow_remote",
       "true or false",
       "false",
       "Lets http.listen be an address that other machines can reach, although nobody has to log in.",
       {},
       word_into<bool>(&Settings::http_allow_remote, {{"true", true}, {"false", false}})},
      {"http.listen", "host:port", "127.0.0.1:8127", "Where the web UI and the API answer.", {}, set_http_listen},
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
       "debug, info, warn or error",
       "info",
       "How much Vizsla says on stderr.",
       {"DD_LOG_LEVEL"},
       word_into<log::Level>(&Settings::log_level, {{"debug", log::Level::Debug},
                                                    {"info", log::Level::Info},
                                                    {"warn", log::Level::Warn},
                                                    {"error", log::Level::Error}})},
      {"query.memory_bytes",
       "size",
       "256 MiB",
       "Memory for queries; one that needs more spills to disk or fails.",
       {},
       bytes_into(&Settings::query_memory_bytes, 64 * kMiB, 64 * kGiB)},
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
      {"server.max_connections",
       "number",
       "4096",
       "Connections that a listener serves at once; more wait.",
       {"DD_APM_MAX_CONNECTIONS"},
       number_into(&Settings::server_connections_max, 1, 1'000'000)},
      {"server.threads",
       "number",
       "2",
       "Threads that receive, decode and answer.",
       {},
       number_into(&Settings::server_threads, 1, 256)},
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
      {"store.memory_bytes",
       "size",
       "128 MiB",
       "Memory for spans that aren't in blocks yet; when it is full, payloads are refused. As much again may wait for the "
       "log.",
       {},
       bytes_into(&Settings::store_memory_bytes, 16 * kMiB, 64 * kGiB)},
  };
  return settings;
}

const Setting* find_setting(std::string_view key) {
  for (const Setting& setting : registry()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

// "apm.listen" → "VIZSLA_APM_LISTEN".
std::string own_variable(std::string_view key) {
  std::string name = "VIZSLA_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 0x20 : c);
  return name;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
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
    values_[std::string(setting.key)] = {
        setting.is_list ? split_list(setting.standard) : std::vector<std::string>{std::string(setting.standard)},
        "default"};
  }
}

Result<void> SettingsBuilder::read_yaml(std::string_view text, const std::string& name) {
  const auto line_of = [&](const YAML::Node& node) { return fmt::format("{}, line {}", name, node.Mark().line + 1); };
  // Walks nested maps; a key is known as soon as it names a setting.
  const std::function<Result<void>(const YAML::Node&, const std::string&)> walk =
      [&](const YAML::Node& map, const std::string& prefix) -> Result<void> {
    if (!map.IsMap()) return fail(ErrorCode::InvalidInput, fmt::format("{}: expected keys and values", line_of(map)));
    for (const auto& entry : map) {
      const std::string key = prefix + entry.first.as<std::string>();
      const std::string origin = line_of(entry.first);
      const Setting* setting = find_setting(key);
      if (setting == nullptr) {
        const bool is_group = std::any_of(registry().begin(), registry().end(),
                                          [&](const Setting& s) { return s.key.starts_with(key + "."); });
        if (!is_group) return unknown_key(key, origin);
        if (entry.second.IsNull()) continue;
        VIZSLA_TRY_VOID(walk(entry.second, key + "."));
        continue;
      }
      Value value{{}, origin};
      if (setting->is_list && entry.second.IsSequence()) {
        for (const auto& item : entry.second) {
          if (!item.IsScalar())
            return fail(ErrorCode::InvalidInput, fmt::format("{}: {} is a {}", origin, key, setting->type));
          value.texts.push_back(item.as<std::string>());
        }
      } else if (entry.second.IsScalar()) {
        value.texts = setting->is_list ? split_list(entry.second.as<std::string>())
                                       : std::vector<std::string>{entry.second.as<std::string>()};
      } else {
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {} takes {}", origin, key, setting->type));
      }
      values_[key] = std::move(value);
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
      values_[std::string(setting.key)] = {setting.is_list ? split_list(value) : std::vector<std::string>{value}, name};
    }
  }
  return {};
}

Result<void> SettingsBuilder::set_from_flag(std::string_view key, std::string_view value, std::string_view flag) {
  const Setting* setting = find_setting(key);
  if (setting == nullptr) return unknown_key(key, flag);
  Value& at = values_[std::string(key)];
  if (at.origin != flag) at = {{}, std::string(flag)};
  if (!setting->is_list) at.texts.clear();
  at.texts.emplace_back(value);
  return {};
}

Result<Settings> SettingsBuilder::build() const {
  Settings settings;
  for (const Setting& setting : registry()) {
    const Value& value = values_.find(setting.key)->second;
    const auto wrong = [&](std::string_view what) {
      return fail(ErrorCode::InvalidInput, fmt::format("{}: {}: {}", value.origin, setting.key, what));
    };
    if (value.texts.empty()) return wrong("it is empty");
    if (const auto applied = setting.apply(value.texts, settings); !applied) return wrong(applied.error().message);
  }
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
