#include "server/serve.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>
#include <simdjson.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/sampling_endpoints.h"
#include "api/service_endpoints.h"
#include "api/span_endpoints.h"
#include "api/status_endpoints.h"
#include "api/storage_endpoints.h"
#include "api/trace_endpoints.h"
#include "api/ui_endpoints.h"
#include "api/ui_files.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "codec/sampling_config.h"
#include "codec/tracer_sampling.h"
#include "control/sampling_control.h"
#include "control/service_control.h"
#include "intake/agent_info.h"
#include "intake/later_endpoints.h"
#include "intake/remote_config.h"
#include "intake/stats_intake.h"
#include "intake/trace_intake.h"
#include "server/guards.h"
#include "server/live_sampling.h"
#include "server/memory_shares.h"
#include "server/metrics.h"
#include "server/store_options.h"
#include "server/version.h"
#include "store/embedded/store.h"

namespace vizsla::server {
namespace {

// How long requests at hand may take to finish when the process is told to stop.
constexpr auto kStopPatience = std::chrono::seconds(10);
// Beyond the threads whose queries work or wait in the store: those whose answers are being written.
constexpr std::size_t kSpareWorkers = 8;
constexpr std::size_t kReadsWaitingMax = 256;
// Deleting and pinning wait for the disk, and for a merge to end: not where a read could run.
constexpr std::size_t kChangeWorkers = 1;
constexpr std::size_t kChangesWaitingMax = 8;
constexpr std::int64_t kDeclaredLinesMax = 100'000;
constexpr std::uint64_t kFilesUsual = 1024;
constexpr std::uint64_t kFilesOfStore = 2048;
constexpr int kExitFailed = 1;

std::string machine_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// A file that lines are added to: names of services in the order in which they were first seen (their colours), or what
// tracers declared of them.
class LineFile {
 public:
  explicit LineFile(std::string path) : path_(std::move(path)) {}

  std::vector<std::string> read() const {
    std::vector<std::string> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  void append(std::string_view line) const {
    // Losing one costs a colour or a hint, so a failure is no more than that.
    std::ofstream(path_, std::ios::app) << line << '\n';
  }

 private:
  const std::string path_;
};

// A thread for each query that may be in the store, at work or in line: were there fewer, long ones would keep short
// ones from getting as far as the slot that is kept for them.
std::size_t read_workers(const Settings& settings) {
  const store::StoreOptions options = store_options(settings);
  return static_cast<std::size_t>(options.query_slots + 2 * options.query_waiting_max) + kSpareWorkers;
}

// As many files as the system lets this process open; the usual soft limit of 1,024 is for programs that use select().
std::uint64_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFilesUsual;
  const rlim_t usual = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return usual;
  return limit.rlim_cur;
}

// What connections may not take is the store's.
http::ServerLimits server_limits(const Settings& settings, std::uint64_t files) {
  http::ServerLimits limits;
  limits.threads = settings.server_threads;
  const MemoryShares memory = share_memory(settings).value();
  limits.bodies_bytes_max = memory.bodies;
  limits.answers_bytes_max = memory.answers;
  const std::uint64_t listeners = settings.apm_listen.size() + 2;  // the unix socket, and the UI's
  const std::uint64_t room = std::max<std::uint64_t>((files - std::min(files / 2, kFilesOfStore)) / listeners, 1);
  limits.connections_max = static_cast<std::uint32_t>(std::min<std::uint64_t>(settings.server_connections_max, room));
  if (limits.connections_max < settings.server_connections_max)
    log::warn(log::Fault::Environment, "",
              "this process may open {} files: each listener serves {} connections at once instead of {} "
              "(server.max_connections); raise the limit with `ulimit -Hn` or LimitNOFILE=",
              files, limits.connections_max, settings.server_connections_max);
  return limits;
}

// What a taken port means, and what to do about it.
std::string advice_for(const http::TcpAddress& address, std::string_view flag, std::string_view occupant) {
  const int other = address.port + 10;
  std::string advice =
      fmt::format("Port {} is in use{}. Use {} {}:{}", address.port, occupant, flag, address.host, other);
  if (flag == "--apm-listen") advice += fmt::format(" and DD_TRACE_AGENT_URL=http://{}:{}", address.host, other);
  return advice + ".";
}

// Everything that runs, in the order in which it is built; taken apart the other way round.
class Application {
 public:
  explicit Application(const Settings& settings) : settings_(settings) {}

  Result<void> start() {
    VIZSLA_TRY(store_, store::EmbeddedStore::open(store_options(settings_), *files_, clock_));
    for (const store::StoredPayload& payload : store_->recent_payloads())
      payloads_.remember(payload.hash, payload.received_ns);
    const LineFile services(settings_.data_dir + "/services");
    slots_ = std::make_unique<api::ServiceSlots>(services.read(),
                                                 [services](std::string_view service) { services.append(service); });

    stats_limits_ = std::make_unique<intake::StatsLimits>(settings_.statistics_limits, intake_stats_);
    intake_ = std::make_unique<intake::TraceIntake>(
        intake::TraceIntakeSettings{settings_.env, settings_.hostname.empty() ? machine_name() : settings_.hostname,
                                    settings_.apm_body_bytes_max, settings_.pipeline, settings_.sampling},
        clock_, *store_, payloads_, *stats_limits_, intake_stats_);
    VIZSLA_TRY(control_,
               control::ServiceControl::open(fmt::format("{}/{}", settings_.data_dir, control::kControlFile)));
    for (const auto& [service, slot] : control_->color_slots()) slots_->choose(service, slot);
    VIZSLA_TRY(sampling_control_,
               control::SamplingControl::open(fmt::format("{}/{}", settings_.data_dir, control::kControlFile)));
    sampling_ = std::make_unique<LiveSampling>(settings_.tracer_sampling, *sampling_control_, remote_config_, *intake_);
    sampling_->restore();
    stats_intake_ = std::make_unique<intake::StatsIntake>(
        intake::StatsIntakeSettings{settings_.env, settings_.hostname.empty() ? machine_name() : settings_.hostname,
                                    settings_.apm_body_bytes_max, settings_.pipeline},
        clock_, *store_, payloads_, *stats_limits_, intake_stats_);
    reading_ =
        std::make_unique<api::Reading>(api::Reading{*store_, clock_, workers_, *slots_, settings_.query_timeout});
    changing_ = std::make_unique<api::Reading>(
        api::Reading{*store_, clock_, change_workers_, *slots_, settings_.query_timeout});

    keep_declared_services();
    intake_->add_routes(apm_router_);
    stats_intake_->add_routes(apm_router_);
    remote_config_.add_route(apm_router_);
    intake::add_later_tracer_routes(apm_router_, intake_stats_);
    intake::add_later_agent_routes(apm_router_, intake_stats_);
    intake::add_later_agent_routes(http_router_, intake_stats_);
    intake_->add_agent_routes(http_router_);
    stats_intake_->add_agent_routes(http_router_);
    apm_router_.set_guard(refuse_browsers_from_elsewhere());
    http_router_.set_guard(allow_hosts(allowed_hosts()));
    VIZSLA_TRY_VOID(listen());
    add_agent_info();
    add_log_level_switch();
    api::add_trace_endpoints(http_router_, *reading_);
    api::add_span_endpoints(http_router_, *reading_);
    api::add_ui_endpoints(http_router_, *reading_);
    api::add_storage_endpoints(http_router_, *reading_, *changing_, *store_);
    api::add_sampling_endpoints(http_router_, *reading_, *changing_, sampling_access());
    api::add_service_endpoints(http_router_, *reading_, *changing_, *store_, service_choices(),
                               [this] { return server_facts(); });
    api::add_status_endpoints(http_router_, {[this] { return status(); }, [this] { return intake_stats_.snapshot(); },
                                             [this] { return metrics(); }, [this] { return store_->health(); }});
    api::add_ui_files(http_router_);
    server_.start();
    return {};
  }

  void stop() {
    server_.stop(kStopPatience);
    workers_.stop();
    change_workers_.stop();
    store_.reset();
  }

  [[nodiscard]] std::string ready_line() const {
    JsonWriter json;
    json.object([&] {
      json.field("event", "ready");
      json.field("pid", ::getpid());
      json.key("listeners").object([&] {
        json.key("apm");
        if (apm_addresses_.size() == 1) {
          json.value(to_string(apm_addresses_.front()));
        } else {
          json.array([&] {
            for (const http::TcpAddress& address : apm_addresses_) json.value(to_string(address));
          });
        }
        if (!apm_socket_.empty()) json.field("apm_socket", apm_socket_);
        json.field("http", to_string(http_address_));
      });
    });
    return json.text();
  }

  void greet() const {
    const store::EmbeddedStore::Stats stats = store_->stats();
    log::info("Vizsla {} is ready: {} spans in {} blocks under {}", kVersion, stats.spans, stats.blocks,
              settings_.data_dir);
    log::info("web UI and API: http://{}", to_string(http_address_));
    for (const http::TcpAddress& address : apm_addresses_)
      log::info("tracers send to: DD_TRACE_AGENT_URL=http://{}", to_string(address));
    if (!apm_socket_.empty()) log::info("            or to: DD_TRACE_AGENT_URL=unix://{}", apm_socket_);
    if (!settings_.log_sync)
      log::warn(log::Fault::None, "", "log.sync is never: a power cut can lose spans that were acknowledged");
  }

 private:
  Result<void> listen() {
    for (const http::TcpAddress& address : settings_.apm_listen) {
      auto bound = server_.listen("apm", address, apm_router_);
      if (!bound) return fail(explain(bound.error(), address, "--apm-listen", " (a Datadog Agent?)"));
      apm_addresses_.push_back(std::get<http::TcpAddress>(*bound));
    }
    if (settings_.apm_socket != "off") {
      apm_socket_ = settings_.apm_socket.empty()
                        ? std::filesystem::absolute(settings_.data_dir).lexically_normal().string() + "/apm.socket"
                        : settings_.apm_socket;
      const auto bound = server_.listen("apm_socket", http::UnixAddress{apm_socket_}, apm_router_);
      if (!bound && bound.error().code == ErrorCode::InvalidInput && settings_.apm_socket.empty()) {
        // Nobody asked for it, and the folder's path is too long for a socket's.
        log::warn(log::Fault::Environment, "", "no unix socket: {}. Name a shorter one with --apm-socket",
                  bound.error().message);
        apm_socket_.clear();
      } else if (!bound) {
        return fail(bound.error().with_context("--apm-socket"));
      }
    }
    auto bound = server_.listen("http", settings_.http_listen, http_router_);
    if (!bound) return fail(explain(bound.error(), settings_.http_listen, "--http-listen", ""));
    http_address_ = std::get<http::TcpAddress>(*bound);
    return {};
  }

  static Error explain(const Error& error, const http::TcpAddress& address, std::string_view flag,
                       std::string_view occupant) {
    if (error.message.find("in use") == std::string::npos) return error.with_context(flag);
    return {error.code, advice_for(address, flag, occupant)};
  }

  void add_agent_info() {
    intake::AgentInfo info;
    info.vizsla_version = kVersion;
    info.endpoints = intake::TraceIntake::advertised_endpoints();
    if (settings_.client_stats) info.endpoints.emplace_back(intake::StatsIntake::kAdvertisedEndpoint);
    if (settings_.remote_config) info.endpoints.emplace_back(intake::RemoteConfig::kAdvertisedEndpoint);
    info.client_stats = settings_.client_stats;
    info.default_env = settings_.env;
    info.receiver_port = apm_addresses_.empty() ? std::uint16_t{0} : apm_addresses_.front().port;
    info.receiver_socket = apm_socket_;
    info.max_request_bytes = settings_.apm_body_bytes_max;
    info.receiver_timeout_s = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(http::ServerLimits{}.body_timeout).count());
    info.pipeline = settings_.pipeline;
    const std::string body = intake::agent_info_json(info);
    http::Route route{{"GET"}, "/info", [body](const http::Request&, http::Responder respond) {
                        respond(http::json_response(200, body));
                      }};
    route.without_common_headers = true;
    apm_router_.add(std::move(route));
    apm_router_.set_common_headers({{"Datadog-Agent-Version", std::string(intake::kAgentVersion)},
                                    {"Datadog-Agent-State", intake::agent_state(body)}});
  }

  // As an Agent: `POST /config/set?log_level=debug`, until the process ends.
  void add_log_level_switch() {
    apm_router_.add({{"POST"}, "/config/set", [](const http::Request& request, http::Responder respond) {
                       const auto text = request.query_value("log_level");
                       if (!text) return respond(http::text_response(400, "only log_level can be set\n"));
                       const auto level = log::parse_level(*text);
                       if (!level)
                         return respond(http::text_response(400, "log_level: debug, info, warn, error or off\n"));
                       log::set_level(*level);
                       log::info("log_level is {} now, as somebody asked on /config/set", *text);
                       respond(http::text_response(200, ""));
                     }});
  }

  // One JSON object a line; later lines win. Tracers that contradict each other could write for ever, so there is a
  // limit.
  void keep_declared_services() {
    const LineFile file(settings_.data_dir + "/declared_services");
    simdjson::dom::parser parser;
    const std::vector<std::string> lines = file.read();
    const auto lines_left = std::make_shared<std::atomic<std::int64_t>>(kDeclaredLinesMax - std::ssize(lines));
    for (const std::string& line : lines) {
      std::string_view service;
      std::string_view app;
      std::string_view type;
      simdjson::dom::element declared;
      if (parser.parse(line).get(declared) != 0u || declared["service"].get(service) != 0u ||
          declared["app"].get(app) != 0u || declared["type"].get(type) != 0u)
        continue;  // the last line of a run that ended half-way
      intake_stats_.declare({std::string(service), std::string(app), std::string(type)});
    }
    intake_->on_declared([file, lines_left](const model::DeclaredService& declared) {
      if ((*lines_left)-- <= 0) return;
      JsonWriter json;
      json.object([&] {
        json.field("service", declared.service);
        json.field("app", declared.app);
        json.field("type", declared.type);
      });
      file.append(json.text());
    });
  }

  [[nodiscard]] std::vector<std::string> allowed_hosts() const {
    std::vector<std::string> hosts = settings_.http_allowed_hosts;
    hosts.push_back(settings_.hostname.empty() ? machine_name() : settings_.hostname);
    return hosts;
  }

  [[nodiscard]] api::ServiceChoicesAccess service_choices() {
    using Choices = api::ServiceChoicesAccess::Choices;
    return {.get =
                [this](std::string_view service, std::string_view env) {
                  const control::ServiceChoices chosen = control_->choices(service, env);
                  return Choices{chosen.apdex_threshold_ns, chosen.primary_operation};
                },
            .set =
                [this](const std::string& service, const std::string& env, const Choices& chosen) {
                  return control_->set_choices(service, env, {chosen.apdex_threshold_ns, chosen.primary_operation});
                },
            .set_color_slot =
                [this](const std::string& service, std::optional<std::uint32_t> slot) {
                  return control_->set_color_slot(service, slot);
                }};
  }

  [[nodiscard]] api::SamplingAccess sampling_access() {
    return {.get =
                [this] {
                  const LiveSampling::Now now = sampling_->now();
                  api::SamplingAccess::Status status;
                  status.remote_config = settings_.remote_config;
                  status.from_settings = !now.set;
                  status.apm_tracing = codec::encode_tracer_sampling(now.apm_tracing);
                  if (now.apm_sampling) status.apm_sampling = codec::encode_sampling_config(*now.apm_sampling);
                  for (const intake::RemoteConfigClient& client : remote_config_.clients()) {
                    status.tracers.push_back({client.service, client.env, client.language, client.tracer_version,
                                              std::string(to_string(client.state)), client.error, client.last_seen_ns});
                  }
                  return status;
                },
            .set = [this](std::string_view json) { return sampling_->set(json); },
            .clear = [this] { return sampling_->clear(); }};
  }

  [[nodiscard]] api::ServerFacts server_facts() const {
    const api::ServerStatus now = status();
    return {now.version, now.agent_urls, now.agent_socket, now.ui_url, now.default_env, now.spans_stored};
  }

  [[nodiscard]] api::ServerStatus status() const {
    api::ServerStatus status;
    status.version = kVersion;
    status.started_ns = started_ns_;
    status.now_ns = clock_.now();
    for (const http::TcpAddress& address : apm_addresses_) status.agent_urls.push_back("http://" + to_string(address));
    status.agent_socket = apm_socket_;
    status.ui_url = "http://" + to_string(http_address_);
    status.default_env = settings_.env;
    status.data_dir = std::filesystem::absolute(settings_.data_dir).lexically_normal().string();
    status.spans_stored = store_->span_count();
    status.first_span_received = status.spans_stored > 0;
    status.durable = settings_.log_sync;
    return status;
  }

  [[nodiscard]] std::string metrics() const {
    MetricSources sources;
    sources.version = kVersion;
    sources.started_ns = started_ns_;
    sources.now_ns = clock_.now();
    sources.http = server_.stats();
    sources.store = store_->stats();
    sources.intake = intake_stats_.snapshot();
    sources.remote_config = remote_config_.counts();
    sources.remembered_payloads = payloads_.size();
    sources.resident_bytes = resident_bytes();
    sources.cpu_seconds = cpu_seconds();
    return metrics_text(sources);
  }

  const Settings& settings_;
  const SystemClock clock_;
  const UnixNanos started_ns_ = clock_.now();
  const std::unique_ptr<store::Files> files_ = store::make_posix_files();
  std::unique_ptr<store::EmbeddedStore> store_;
  intake::IntakeStats intake_stats_;
  intake::PayloadTable payloads_{clock_, {}};
  std::unique_ptr<api::ServiceSlots> slots_;
  std::unique_ptr<control::ServiceControl> control_;
  std::unique_ptr<intake::StatsLimits> stats_limits_;
  std::unique_ptr<intake::TraceIntake> intake_;
  std::unique_ptr<intake::StatsIntake> stats_intake_;
  intake::RemoteConfig remote_config_{settings_.remote_config, settings_.env, clock_};
  std::unique_ptr<control::SamplingControl> sampling_control_;
  std::unique_ptr<LiveSampling> sampling_;
  WorkerPool workers_{read_workers(settings_), kReadsWaitingMax};
  WorkerPool change_workers_{kChangeWorkers, kChangesWaitingMax};
  std::unique_ptr<api::Reading> reading_;
  std::unique_ptr<api::Reading> changing_;
  http::Router apm_router_;
  http::Router http_router_;
  http::Server server_{server_limits(settings_, raise_file_limit())};
  std::vector<http::TcpAddress> apm_addresses_;
  std::string apm_socket_;
  http::TcpAddress http_address_;
};

}  // namespace

int serve(const Settings& settings) {
  log::set_level(settings.log_level);
  // Each of malloc's arenas keeps what was freed in it. Eight a core, as is usual, and one for each of the many threads
  // that queries wait on: after some lists over 8 million spans the process held 150 MiB that nobody used, with as many
  // arenas as threads that decode, 50, at the same speed of intake.
  ::mallopt(M_ARENA_MAX, std::max(settings.server_threads, 2));
  // Blocked in every thread, so that this one can wait for them; a client that goes is told by the write's error.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  Application application(settings);
  if (const auto started = application.start(); !started) {
    fmt::print(stderr, "vizsla: {}\n", started.error().message);
    return kExitFailed;
  }
  application.greet();
  fmt::print("{}\n", application.ready_line());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  log::info("{}: finishing what is at hand", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  // Whoever doesn't want to wait sends another: nothing acknowledged is lost by that either.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  application.stop();
  log::info("stopped; nothing is lost");
  return 0;
}

}  // namespace vizsla::server
