#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "http/client.h"
#include "server/commands.h"
#include "server/retention_command.h"
#include "server/serve.h"
#include "server/settings.h"
#include "server/version.h"
#include "store/embedded/engine.h"

namespace vizsla::server {
namespace {

constexpr int kExitFailed = 1;
// The settings are wrong, or the command line is.
constexpr int kExitUsage = 2;

// Flags that stand for settings, in the order in which they were given.
struct SettingFlags {
  std::string datadog_config;
  std::string config;
  std::vector<std::pair<std::string, std::string>> values;  // key, value
};

Result<Settings> read_settings(const SettingFlags& flags) {
  const auto content_of = [](const std::string& path) -> Result<std::string> {
    std::ifstream file(path);
    if (!file) return fail(ErrorCode::InvalidInput, fmt::format("cannot read the settings file {}", path));
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  SettingsBuilder builder;
  if (!flags.datadog_config.empty()) {
    VIZSLA_TRY(const std::string text, content_of(flags.datadog_config));
    VIZSLA_TRY_VOID(builder.read_agent_yaml(text, flags.datadog_config));
  }
  if (!flags.config.empty()) {
    VIZSLA_TRY(const std::string text, content_of(flags.config));
    VIZSLA_TRY_VOID(builder.read_yaml(text, flags.config));
  }
  VIZSLA_TRY_VOID(builder.read_environment([](const char* name) -> const char* { return std::getenv(name); }));
  for (const auto& [key, value] : flags.values) {
    VIZSLA_TRY_VOID(builder.set_from_flag(key, value, fmt::format("flag for {}", key)));
  }
  return builder.build();
}

void add_setting_flags(CLI::App& command, SettingFlags& flags) {
  const auto add = [&](const std::string& name, const std::string& key, const std::string& help) {
    return command.add_option_function<std::vector<std::string>>(
        name,
        [&flags, key](const std::vector<std::string>& values) {
          for (const std::string& value : values) flags.values.emplace_back(key, value);
        },
        help);
  };
  command.add_option("--datadog-config", flags.datadog_config,
                     "A datadog.yaml: what it says of the trace Agent is taken, the rest left alone");
  command.add_option("--config", flags.config, "Settings file (YAML); docs/settings.md lists what it may hold");
  add("--data-dir", "data_dir", "Folder that holds everything [./data]");
  add("--apm-listen", "apm.listen", "Where tracers send to; may be given several times [127.0.0.1:8126]");
  add("--apm-socket", "apm.socket", "Unix socket for tracers, or 'off' [<data-dir>/apm.socket]");
  add("--http-listen", "http.listen", "Where the web UI and the API answer [127.0.0.1:8127]");
  command.add_flag_callback(
      "--http-allow-remote", [&flags] { flags.values.emplace_back("http.allow_remote", "true"); },
      "Let http.listen be reachable from other machines, without a login");
  command.add_option_function<std::vector<std::string>>(
      "--set",
      [&flags](const std::vector<std::string>& values) {
        for (const std::string& value : values) {
          const std::size_t equals = value.find('=');
          if (equals == std::string::npos) throw CLI::ValidationError("--set", "expected key=value, got " + value);
          flags.values.emplace_back(value.substr(0, equals), value.substr(equals + 1));
        }
      },
      "Any setting: --set key=value");
}

int fail_usage(const Error& error) {
  fmt::print(stderr, "vizsla: {}\n", error.message);
  return kExitUsage;
}

int run(int argc, char** argv) {
  CLI::App app{
      "Vizsla: a self-hosted APM. Datadog tracers send to it as to a Datadog Agent; every span is kept,\n"
      "and shown in a web UI. Begin with `vizsla serve`, then point a tracer at it:\n\n"
      "  DD_TRACE_AGENT_URL=http://127.0.0.1:8126 DD_SERVICE=shop DD_ENV=dev ddtrace-run python app.py\n"};
  app.name("vizsla");
  app.require_subcommand(1);
  app.footer("Exit status: 0 well, 1 failed, 2 wrong settings or command line.");

  SettingFlags serve_flags;
  CLI::App* serve_command = app.add_subcommand("serve", "Receive telemetry, keep it, answer questions");
  add_setting_flags(*serve_command, serve_flags);

  TraceCommand trace;
  std::string http_url = "http://127.0.0.1:8127";
  CLI::App* trace_command = app.add_subcommand("trace", "Print a trace as a tree");
  auto* id = trace_command->add_option("id", trace.id, "Trace id: 32 or 16 hex digits, or decimal");
  auto* last = trace_command->add_flag("--last", trace.last, "The newest trace instead of an id");
  trace_command->add_flag("--error", trace.error, "With --last: the newest one that has a failed span")->needs(last);
  id->excludes(last);
  trace_command->add_option("--http", http_url, "Where the server's UI and API answer")->capture_default_str();

  std::string apm_url = "http://127.0.0.1:8126";
  CLI::App* doctor_command =
      app.add_subcommand("doctor", "Send a span through a running server and read it back; say which hop fails");
  doctor_command->add_option("--apm", apm_url, "Where tracers send to (http://… or unix://…)")->capture_default_str();
  doctor_command->add_option("--http", http_url, "Where the server's UI and API answer")->capture_default_str();

  CLI::App* storage_command = app.add_subcommand("storage", "Print what the store takes of the disk, and may take");
  storage_command->add_option("--http", http_url, "Where the server's UI and API answer")->capture_default_str();

  PinCommand pin;
  CLI::App* pin_command = app.add_subcommand("pin", "Keep a trace whatever its age");
  CLI::App* unpin_command = app.add_subcommand("unpin", "Keep a trace no longer than others");
  for (CLI::App* command : {pin_command, unpin_command}) {
    command->add_option("id", pin.id, "Trace id: 32 or 16 hex digits, or decimal")->required();
    command->add_option("--http", http_url, "Where the server's UI and API answer")->capture_default_str();
  }

  SettingFlags retention_flags;
  bool dry_run = false;
  CLI::App* retention_command =
      app.add_subcommand("retention", "Say which spans would go now, and why; a server may be running or not");
  add_setting_flags(*retention_command, retention_flags);
  retention_command->add_flag("--dry-run", dry_run, "Needed: letting them go is what the server does by itself");

  CLI::App* version_command = app.add_subcommand("version", "Print the version");

  SettingFlags check_flags;
  bool markdown = false;
  CLI::App* check_command = app.add_subcommand("check-config", "Check settings without starting anything");
  add_setting_flags(*check_command, check_flags);
  check_command->add_flag("--markdown", markdown, "Print the table of all settings (docs/settings.md) instead");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kExitUsage;
  }

  if (serve_command->parsed()) {
    const auto settings = read_settings(serve_flags);
    return settings ? serve(*settings) : fail_usage(settings.error());
  }
  if (check_command->parsed()) {
    if (markdown) {
      fmt::print("{}", settings_markdown());
      return 0;
    }
    const auto settings = read_settings(check_flags);
    if (!settings) return fail_usage(settings.error());
    fmt::print("The settings are well: data under {}, tracers to {}, UI at http://{}\n", settings->data_dir,
               to_string(settings->apm_listen.front()), to_string(settings->http_listen));
    return 0;
  }
  if (retention_command->parsed()) {
    const auto settings = read_settings(retention_flags);
    if (!settings) return fail_usage(settings.error());
    if (dry_run) return show_retention(*settings);
    fmt::print(stderr,
               "vizsla: a running server lets spans go by itself, as retention.days and retention.max_bytes say; "
               "with --dry-run this command says what would go now\n");
    return kExitFailed;
  }
  if (version_command->parsed()) {
    fmt::print("vizsla {} (DuckDB {})\n", kVersion, store::Engine::library_version());
    return 0;
  }
  const auto http = http::parse_url(http_url);
  if (!http) return fail_usage(http.error().with_context("--http"));
  if (trace_command->parsed()) {
    if (trace.id.empty() && !trace.last) return fail_usage({ErrorCode::InvalidInput, "name a trace id, or use --last"});
    trace.http = *http;
    return print_trace(trace);
  }
  if (storage_command->parsed()) return print_storage(*http);
  if (pin_command->parsed() || unpin_command->parsed()) {
    pin.pin = pin_command->parsed();
    pin.http = *http;
    return pin_trace(pin);
  }
  VIZSLA_CHECK(doctor_command->parsed());
  const auto apm = http::parse_url(apm_url);
  if (!apm) return fail_usage(apm.error().with_context("--apm"));
  return run_doctor({*apm, *http});
}

}  // namespace
}  // namespace vizsla::server

int main(int argc, char** argv) {
  return vizsla::server::run(argc, argv);
}
