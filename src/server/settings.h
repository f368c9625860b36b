// Every setting there is: one registry, from which the file, the environment, the flags, their checks, and
// docs/settings.md all come.
//
// Raw text is turned into Settings once, at the start; only Settings reaches a constructor. A key that isn't known, a
// value of the wrong type or out of range is an error that names the key and where it stands (architecture §8).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "http/server.h"
#include "model/tracer_sampling.h"
#include "pipeline/sample/sampling_settings.h"
#include "pipeline/stats_limiter.h"
#include "pipeline/trace_pipeline.h"

namespace vizsla::server {

// What the process runs with. Plain values, all valid.
struct Settings {
  std::string data_dir;
  std::string env;          // normalised
  std::string env_of_tags;  // the same, of `tags`; "" = none
  std::string hostname;     // "" = ask the machine
  log::Level log_level = log::Level::Info;

  std::vector<http::TcpAddress> apm_listen;
  std::string apm_socket;  // "" = <data_dir>/apm.socket, "off" = none
  std::uint64_t apm_body_bytes_max = 0;
  bool client_stats = false;
  pipeline::PipelineSettings pipeline;  // such that TracePipeline::create() takes them
  pipeline::SamplingSettings sampling;  // such that check_sampling() takes them
  bool remote_config = true;
  std::vector<model::TracerSampling> tracer_sampling;
  std::optional<std::uint16_t> agent_receiver_port;
  bool agent_non_local_traffic = false;
  http::TcpAddress http_listen;
  bool http_allow_remote = false;
  std::vector<std::string> http_allowed_hosts;

  int server_threads = 0;
  std::uint32_t server_connections_max = 0;

  bool log_sync = true;
  std::uint64_t log_segment_bytes = 0;

  std::uint64_t store_block_rows = 0;
  std::chrono::seconds store_block_age{0};
  std::uint64_t store_merge_rows = 0;
  std::uint64_t store_memory_bytes = 0;
  std::uint64_t store_maintenance_memory_bytes = 0;

  std::uint64_t memory_budget = 0;  // such that share_memory() takes it

  std::chrono::nanoseconds retention_age{0};  // 0 = for ever
  std::uint64_t retention_bytes_max = 0;      // 0 = by what the disk has

  // How long each tier of the statistics is kept, 0 = for ever: a coarser one is kept as long as a finer one, at least.
  pipeline::StatsLimiterSettings statistics_limits;
  std::chrono::nanoseconds statistics_keep_10s{0};
  std::chrono::nanoseconds statistics_keep_1m{0};
  std::chrono::nanoseconds statistics_keep_1h{0};

  std::uint64_t query_memory_bytes = 0;
  std::uint64_t query_spill_bytes = 0;
  int query_threads = 0;
  int query_slots = 0;
  std::chrono::seconds query_timeout{0};
};

// Where a value comes from: later ones win.
class SettingsBuilder {
 public:
  SettingsBuilder();

  // YAML text; `name` is for messages.
  Result<void> read_yaml(std::string_view text, const std::string& name);
  // A datadog.yaml as it is: what we have a setting for is taken, the rest is left alone.
  Result<void> read_agent_yaml(std::string_view text, const std::string& name);
  // Looks up the variables that the registry names; `get` gives null for those that aren't set.
  using GetEnv = const char* (*)(const char* name);
  Result<void> read_environment(GetEnv get);
  // "key", as in the registry. May be called several times for a list: the first call replaces what was there.
  Result<void> set_from_flag(std::string_view key, std::string_view value, std::string_view flag);

  // Checks and converts.
  Result<Settings> build() const;

 private:
  struct Value {
    std::vector<std::string> texts;
    std::string origin;  // "vizsla.yaml, line 3", "DD_ENV", "--data-dir"
  };

  enum class Source { Ours, Agents };
  Result<void> read(std::string_view text, const std::string& name, Source source);

  std::map<std::string, Value, std::less<>> values_;
};

// The table of docs/settings.md.
std::string settings_markdown();

}  // namespace vizsla::server
