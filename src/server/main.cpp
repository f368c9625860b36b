#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "http/client.h"
#include "server/commands.h"
#include "server/folder_commands.h"
#include "server/retention_command.h"
#include "server/sampling_command.h"
#include "server/serve.h"
#include "server/service_commands.h"
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

// What says where the data folder is.
void add_folder_flags(CLI::App& command, SettingFlags& flags) {
  command.add_option("--config", flags.config, "Settings file (YAML), of which data_dir is taken");
  command.add_option_function<std::string>(
      "--data-dir", [&flags](const std::string& value) { flags.values.emplace_back("data_dir", value); },
      "The data folder [data_dir of the settings, or ./data]");
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

  SettingFlags folder_flags;
  BackupCommand backup;
  CLI::App* backup_command =
      app.add_subcommand("backup", "Take a backup of a data folder, whether a server runs or not");
  backup_command->footer(
      "  vizsla backup /backups/monday --data-dir /var/lib/vizsla\n\n"
      "Every span that was acknowledged before the command began is in the backup. Blocks are hard-linked where the\n"
      "file system can, which takes seconds and hardly any room, and copied where it can't. A linked backup guards\n"
      "against mistakes, not against a disk that dies: send it to another machine, or name a folder on another disk.\n"
      "`vizsla restore` makes a data folder of it again.\n\n"
      "Exit status: 0 the backup is whole, 1 it isn't (stderr says why), 2 wrong settings or command line.");
  backup_command->add_option("backup", backup.backup, "The folder to make; it mustn't be there yet, or be empty")
      ->required();
  backup_command->add_flag("--copy", backup.copy, "Copy every file, even where it could be linked");
  add_folder_flags(*backup_command, folder_flags);

  RestoreCommand restore;
  CLI::App* restore_command = app.add_subcommand("restore", "Make a data folder of a backup");
  restore_command->footer(
      "  vizsla restore /backups/monday --data-dir /var/lib/vizsla-new\n"
      "  vizsla serve --data-dir /var/lib/vizsla-new\n\n"
      "The backup stays as it is and can be restored again. One that isn't whole is refused.\n\n"
      "Exit status: 0 the data folder is whole, 1 it isn't (stderr says why), 2 wrong settings or command line.");
  restore_command->add_option("backup", restore.backup, "A folder that `vizsla backup` made")->required();
  restore_command->add_flag("--copy", restore.copy, "Copy every file, even where it could be linked");
  add_folder_flags(*restore_command, folder_flags);

  FsckCommand fsck;
  CLI::App* fsck_command =
      app.add_subcommand("fsck", "Check a data folder or a backup from its first byte to its last");
  fsck_command->footer(
      "  vizsla fsck /var/lib/vizsla             # looks, and changes nothing\n"
      "  vizsla fsck /var/lib/vizsla --repair\n\n"
      "No server may run on the folder meanwhile; of a folder in use, take a backup and check that. Each line of the\n"
      "answer is a note (nothing is wrong), repairable (--repair puts it right and nothing is lost) or damage.\n"
      "--repair writes anew what is there twice or follows from something sound, moves what is damaged to "
      "quarantine/,\n"
      "removes what a crash left over, and says what was lost.\n\n"
      "Exit status: 0 all is sound, or is again; 1 it couldn't be checked; 2 something is wrong or lost, or the "
      "command\n"
      "line is wrong.");
  fsck_command->add_option("folder", fsck.folder, "A data folder, or a backup")->required();
  fsck_command->add_flag("--repair", fsck.repair, "Put right what can be");

  CLI::App* storage_command = app.add_subcommand("storage", "Print what the store takes of the disk, and may take");
  storage_command->add_option("--http", http_url, "Where the server's UI and API answer")->capture_default_str();

  ServicesCommand services;
  CLI::App* services_command = app.add_subcommand("services", "Print services, or the resources of one, in numbers");
  CLI::App* top_command = app.add_subcommand("top", "Watch services, or the resources of one, in numbers");
  for (CLI::App* command : {services_command, top_command}) {
    command->add_option("service", services.service, "The resources of this service instead of all services");
    command->add_option("--env", services.env, "Of this env; without it, of the one with the newest traffic");
    command->add_option("--from", services.from, "Since when: now-15m, 2026-11-21T10:00:00Z")->capture_default_str();
    command->add_option("--sort", services.sort, "By what")
        ->check(CLI::IsMember({"time", "requests", "errors", "p95", "name"}))
        ->capture_default_str();
    command->add_option("--rows", services.rows, "At most so many rows of a table; 0 = all");
    command->add_option("--http", http_url, "Where the server's UI and API answer")->capture_default_str();
  }
  services_command->footer(
      "A row is of the primary operation: the one with the most requests, or the pinned one. TIME is the share of the "
      "time\nthat all of them spent; dependencies are what is only seen from those that call it.");
  top_command->add_option("--interval", services.interval_s, "Seconds between two looks")
      ->check(CLI::Range(0.2, 3600.0))
      ->capture_default_str();
  top_command->add_option("--frames", services.frames, "How many looks; 0 = until Ctrl+C")->capture_default_str();

  SamplingCommand sampling;
  CLI::App* sampling_command =
      app.add_subcommand("sampling", "Show or set what tracers are told to keep; they take it while they run");
  sampling_command->footer(
      "  vizsla sampling --set sampling.json\n\n"
      "  {\"apm_tracing\": [{\"service\": \"shop\", \"env\": \"prod\", \"tracing_sampling_rate\": 0.1,\n"
      "                    \"tracing_sampling_rules\": [{\"resource\": \"GET /health\", \"sample_rate\": 0}]}]}\n\n"
      "It stands in the place of remote_config.apm_tracing in the settings, and stays over restarts. \"apm_sampling\"\n"
      "beside it sets targets of this server's own samplers, by env.");
  auto* document = sampling_command->add_option("--set", sampling.document, "A file with what is to hold (JSON)");
  sampling_command->add_flag("--clear", sampling.clear, "As the settings say again")->excludes(document);
  sampling_command->add_option("--http", http_url, "Where the server's UI and API answer")->capture_default_str();

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
  if (fsck_command->parsed()) return run_fsck(fsck);
  if (backup_command->parsed() || restore_command->parsed()) {
    const auto settings = read_settings(folder_flags);
    if (!settings) return fail_usage(settings.error());
    backup.data_dir = restore.data_dir = settings->data_dir;
    return backup_command->parsed() ? run_backup(backup) : run_restore(restore);
  }
  const auto http = http::parse_url(http_url);
  if (!http) return fail_usage(http.error().with_context("--http"));
  if (trace_command->parsed()) {
    if (trace.id.empty() && !trace.last) return fail_usage({ErrorCode::InvalidInput, "name a trace id, or use --last"});
    trace.http = *http;
    return print_trace(trace);
  }
  if (services_command->parsed() || top_command->parsed()) {
    services.http = *http;
    return services_command->parsed() ? print_services(services) : watch_services(services);
  }
  if (storage_command->parsed()) return print_storage(*http);
  if (sampling_command->parsed()) {
    sampling.http = *http;
    return run_sampling(sampling);
  }
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
