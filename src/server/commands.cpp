#include "server/commands.h"

#include <cstdio>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <simdjson.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "http/client.h"
#include "model/ids.h"

namespace vizsla::server {
namespace {

constexpr auto kTimeout = std::chrono::seconds(30);
constexpr int kExitFailed = 1;

std::string name_of(const http::Address& address) {
  if (const auto* tcp = std::get_if<http::TcpAddress>(&address)) return "http://" + to_string(*tcp);
  return "unix://" + std::get<http::UnixAddress>(address).path;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return std::min<std::size_t>(size.ws_col, 400);
  return 100;
}

int say(std::string_view text) {
  fmt::print(stderr, "vizsla: {}\n", text);
  return kExitFailed;
}

// What /api/ui routes say in an error's body.
std::string error_text(const http::ClientResponse& response) {
  simdjson::dom::parser parser;
  std::string_view message;
  if (parser.parse(simdjson::padded_string(response.body))["message"].get(message) == simdjson::SUCCESS)
    return std::string(message);
  return fmt::format("status {}", response.status);
}

std::string unreachable(const http::Address& address, const Error& error) {
  return fmt::format("{}. Is `vizsla serve` running? Give its address with --http, as in --http http://127.0.0.1:8127",
                     error.message.empty() ? name_of(address) : error.message);
}

Result<std::string> newest_trace(const TraceCommand& command) {
  const auto answer = http::send_request(
      command.http,
      {"GET", fmt::format("/api/ui/traces?limit=1&from=now-30d{}", command.error ? "&errors=true" : ""), {}, ""},
      kTimeout);
  if (!answer) return fail(ErrorCode::Unavailable, unreachable(command.http, answer.error()));
  if (answer->status != 200) return fail(ErrorCode::Internal, error_text(*answer));
  simdjson::dom::parser parser;
  std::string_view id;
  if (parser.parse(simdjson::padded_string(answer->body)).at_pointer("/traces/0/trace_id").get(id) != simdjson::SUCCESS)
    return fail(ErrorCode::NotFound, command.error ? "no trace of the last 30 days has a failed span"
                                                   : "no trace has arrived in the last 30 days");
  return std::string(id);
}

struct Check {
  std::string what;
  Result<std::string> outcome;  // a fact, or what is wrong
  std::string advice;
};

bool report(const Check& check) {
  if (check.outcome) {
    fmt::print("  ok    {}{}{}\n", check.what, check.outcome->empty() ? "" : ": ", *check.outcome);
    return true;
  }
  fmt::print("  FAIL  {}: {}\n        {}\n", check.what, check.outcome.error().message, check.advice);
  return false;
}

Result<std::string> expect_ok(const http::Address& address, const http::ClientRequest& request) {
  VIZSLA_TRY(const http::ClientResponse answer, http::send_request(address, request, kTimeout));
  if (answer.status == 200) return answer.body;
  std::string body = answer.body;
  while (!body.empty() && body.back() == '\n') body.pop_back();
  return fail(ErrorCode::Internal, fmt::format("answered {}: {}", answer.status, body));
}

// One span that says what it is.
std::string doctors_span(std::uint64_t trace_id, UnixNanos now) {
  JsonWriter json;
  json.array([&] {
    json.array([&] {
      json.object([&] {
        json.field("trace_id", trace_id);
        json.field("span_id", trace_id);
        json.field("service", "vizsla-doctor");
        json.field("name", "doctor.check");
        json.field("resource", "vizsla doctor");
        json.field("type", "custom");
        json.field("start", now - 1'000'000);
        json.field("duration", 1'000'000);
        json.key("meta").object([&] { json.field("env", "vizsla-doctor"); });
      });
    });
  });
  return json.text();
}

}  // namespace

int print_trace(const TraceCommand& command) {
  std::string id = command.id;
  if (command.last) {
    const auto newest = newest_trace(command);
    if (!newest) return say(newest.error().message);
    id = *newest;
  }
  const auto answer = http::send_request(
      command.http,
      {"GET",
       fmt::format("/api/ui/traces/{}/text?width={}&color={}", id, terminal_width(), ::isatty(STDOUT_FILENO) != 0),
       {},
       ""},
      kTimeout);
  if (!answer) return say(unreachable(command.http, answer.error()));
  if (answer->status != 200) return say(error_text(*answer));
  fmt::print("{}", answer->body);
  fmt::print("{}/trace/{}\n", name_of(command.http), id);
  return 0;
}

int run_doctor(const DoctorCommand& command) {
  fmt::print("Checking Vizsla at {} (intake) and {} (UI and API)\n", name_of(command.apm), name_of(command.http));
  const std::string start_it =
      fmt::format("Start it with `vizsla serve`, or name its address with --http (now {}).", name_of(command.http));
  if (!report({"the UI port answers",
               expect_ok(command.http, {"GET", "/healthz", {}, ""}).map([](const auto&) { return std::string(); }),
               start_it}))
    return kExitFailed;
  if (!report({"telemetry would be taken",
               expect_ok(command.http, {"GET", "/readyz", {}, ""}).map([](const auto&) { return std::string(); }),
               "The message above says why it would not: free disk space, or look at the server's log."}))
    return kExitFailed;
  if (!report({"the intake answers as a Datadog Agent does",
               expect_ok(command.apm, {"GET", "/info", {}, ""})
                   .and_then([](const std::string& body) -> Result<std::string> {
                     simdjson::dom::parser parser;
                     std::string_view version;
                     if (parser.parse(simdjson::padded_string(body))["version"].get(version) != simdjson::SUCCESS)
                       return fail(ErrorCode::Internal, "what answers there is no Agent");
                     return fmt::format("version {}", version);
                   }),
               fmt::format("Name the intake's address with --apm (now {}); the server prints it when it starts.",
                           name_of(command.apm))}))
    return kExitFailed;

  std::random_device random;
  const std::uint64_t trace_id = (std::uint64_t{random()} << 32 | random()) >> 1 | 1;
  const SystemClock clock;
  const auto begin = std::chrono::steady_clock::now();
  if (!report({"a span is taken and stored",
               expect_ok(command.apm, {"PUT",
                                       "/v0.4/traces",
                                       {{"Content-Type", "application/json"}, {"X-Datadog-Trace-Count", "1"}},
                                       doctors_span(trace_id, clock.now())})
                   .map([](const auto&) { return std::string(); }),
               "The intake refused it; the server's log and `/api/ui/intake` say more."}))
    return kExitFailed;
  const auto stored = std::chrono::steady_clock::now();
  const auto read = expect_ok(command.http, {"GET", fmt::format("/api/v2/trace/{}", trace_id), {}, ""});
  const auto done = std::chrono::steady_clock::now();
  const auto ms = [](auto duration) { return std::chrono::duration<double, std::milli>(duration).count(); };
  if (!report({"the span can be read back", read.map([&](const auto&) {
                 return fmt::format("stored in {:.1f} ms, read in {:.1f} ms", ms(stored - begin), ms(done - stored));
               }),
               "It was acknowledged and isn't there: please report this, with the server's log."}))
    return kExitFailed;
  fmt::print("\nAll is well. The span: {}/trace/{}\n", name_of(command.http),
             model::to_hex(model::TraceId{trace_id, 0}));
  return 0;
}

}  // namespace vizsla::server
