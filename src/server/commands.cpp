#include "server/commands.h"

#include <charconv>
#include <cstdio>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "http/client.h"
#include "model/ids.h"
#include "server/asking.h"
#include "server/show_amounts.h"

namespace vizsla::server {
namespace {

constexpr int kExitFailed = 1;

Result<std::string> newest_trace(const TraceCommand& command) {
  const auto answer = http::send_request(
      command.http,
      {"GET", fmt::format("/api/ui/traces?limit=1&from=now-30d{}", command.error ? "&errors=true" : ""), {}, ""},
      kAskTimeout);
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
  VIZSLA_TRY(const http::ClientResponse answer, http::send_request(address, request, kAskTimeout));
  if (answer.status == 200) return answer.body;
  std::string body = answer.body;
  while (!body.empty() && body.back() == '\n') body.pop_back();
  return fail(ErrorCode::Internal, fmt::format("answered {}: {}", answer.status, body));
}

std::uint64_t bytes_of(simdjson::dom::element object) {
  return field_of<std::uint64_t>(object, "bytes");
}

// A text of decimal digits; 0 for null.
UnixNanos nanos_of(simdjson::dom::element object, std::string_view name) {
  const auto text = field_of<std::string_view>(object, name);
  UnixNanos ns = 0;
  std::from_chars(text.data(), text.data() + text.size(), ns);
  return ns;
}

std::string storage_text(simdjson::dom::element report) {
  const auto count = [&](std::string_view name) { return show_count(field_of<std::uint64_t>(report, name)); };
  const auto size = [&](std::string_view name) { return show_bytes(field_of<std::uint64_t>(report, name)); };
  std::string text = fmt::format("{:<12}{:>10}{:>16}{:>12}\n", "", "blocks", "rows", "bytes");
  for (const simdjson::dom::element table : list_of(report, "tables")) {
    std::uint64_t bytes = 0;
    std::string parts;
    for (const simdjson::dom::element part : list_of(table, "parts")) {
      bytes += bytes_of(part);
      parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", field_of<std::string_view>(part, "name"),
                           show_bytes(bytes_of(part)));
    }
    text += fmt::format("{:<12}{:>10}{:>16}{:>12}  ({})\n", field_of<std::string_view>(table, "name"),
                        show_count(field_of<std::uint64_t>(table, "blocks")),
                        show_count(field_of<std::uint64_t>(table, "rows")), show_bytes(bytes), parts);
  }
  for (const simdjson::dom::element part : list_of(report, "others"))
    text += fmt::format("{:<38}{:>12}\n", field_of<std::string_view>(part, "name"), show_bytes(bytes_of(part)));
  text +=
      fmt::format("{:<38}{:>12}  of {} that may be taken\n\n", "all", show_bytes(bytes_of(report)), size("cap_bytes"));

  text += fmt::format("free          {}, of which {} must stay\n", size("free_bytes"), size("reserve_bytes"));
  const UnixNanos retention_ns = nanos_of(report, "retention_ns");
  const UnixNanos oldest_ns = nanos_of(report, "oldest_received_ns");
  text += fmt::format("kept for      {}{}\n", retention_ns == 0 ? "ever" : show_span_of_time(retention_ns),
                      oldest_ns == 0 ? "" : fmt::format("; the oldest arrived {}", show_time(oldest_ns)));
  double days = 0;
  const bool known = report["days_left"].get(days) == simdjson::SUCCESS;
  const auto daily = field_of<std::uint64_t>(report, "bytes_per_day");
  text += fmt::format("grows by      {}\n",
                      daily == 0 ? "an amount that an hour of spans will tell"
                                 : fmt::format("{} a day{}", show_bytes(daily),
                                               known ? fmt::format("; there is room for {:.1f} days", days) : ""));
  text += fmt::format("in memory     {} spans, {}; in the log, not in a block yet\n", count("live_rows"),
                      size("live_bytes"));
  text += fmt::format("unmerged      {} spans in {} blocks\n", count("unmerged_rows"), count("unmerged_blocks"));
  text += fmt::format("deletions     {} that blocks don't heed yet\n", count("deletions"));
  text += fmt::format("set aside     {} files, as damaged\n", count("quarantined_files"));
  return text;
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
      kAskTimeout);
  if (!answer) return say(unreachable(command.http, answer.error()));
  if (answer->status != 200) return say(error_text(*answer));
  fmt::print("{}", answer->body);
  fmt::print("{}/trace/{}\n", name_of(command.http), id);
  return 0;
}

int print_storage(const http::Address& http) {
  const auto answer = http::send_request(http, {"GET", "/api/ui/storage", {}, ""}, kAskTimeout);
  if (!answer) return say(unreachable(http, answer.error()));
  if (answer->status != 200) return say(error_text(*answer));
  simdjson::dom::parser parser;
  simdjson::dom::element report;
  if (parser.parse(simdjson::padded_string(answer->body)).get(report) != simdjson::SUCCESS ||
      list_of(report, "tables").empty())
    return say("what answers there is no Vizsla");
  fmt::print("{}", storage_text(report));
  return 0;
}

int pin_trace(const PinCommand& command) {
  const auto answer = http::send_request(
      command.http, {command.pin ? "PUT" : "DELETE", fmt::format("/api/ui/traces/{}/pin", command.id), {}, ""},
      kAskTimeout);
  if (!answer) return say(unreachable(command.http, answer.error()));
  if (answer->status != 204) return say(error_text(*answer));
  fmt::print("{}\n", command.pin ? "It stays, whatever its age, until it is unpinned or deleted."
                                 : "It goes when its time has come, as all others.");
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
