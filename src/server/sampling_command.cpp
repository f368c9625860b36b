#include "server/sampling_command.h"

#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "server/asking.h"

namespace vizsla::server {
namespace {

using simdjson::dom::element;

std::string name_or_every(std::string_view name, std::string_view what) {
  return name == "*" ? fmt::format("every {}", what) : std::string(name);
}

// "name web.*, resource GET /health"; "all" for one that fits everything.
std::string show_rule(element rule) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view glob) {
    if (!glob.empty() && glob != "*") text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, glob);
  };
  for (const std::string_view name : {"service", "name", "resource"}) add(name, field_of<std::string_view>(rule, name));
  simdjson::dom::object tags;
  if (rule["tags"].get(tags) == simdjson::SUCCESS) {
    for (const auto [key, glob] : tags) {
      std::string_view pattern;
      if (glob.get(pattern) == simdjson::SUCCESS) add(key, pattern);
    }
  }
  return text.empty() ? "all" : text;
}

std::string sampling_text(element status) {
  std::string text;
  const bool from_settings = field_of<std::string_view>(status, "source") == "settings";
  const std::vector<element> entries = list_of(status, "apm_tracing");
  if (entries.empty()) {
    text += "Tracers are told nothing: they keep every trace, unless they are set otherwise where they run.\n";
  } else {
    text += fmt::format("Tracers are told, as {}:\n", from_settings ? "the settings say" : "was set while running");
  }
  for (const element entry : entries) {
    text += fmt::format("  {} in {}", name_or_every(field_of<std::string_view>(entry, "service"), "service"),
                        name_or_every(field_of<std::string_view>(entry, "env"), "env"));
    if (const auto rate = number_of(entry, "tracing_sampling_rate")) text += fmt::format(": keep {}", *rate);
    text += '\n';
    for (const element rule : list_of(entry, "tracing_sampling_rules"))
      text += fmt::format("    {}: keep {}\n", show_rule(rule), field_of<double>(rule, "sample_rate"));
  }
  simdjson::dom::object samplers;
  if (status["apm_sampling"].get(samplers) == simdjson::SUCCESS)
    text += fmt::format("Samplers of this server: {}\n", simdjson::minify(samplers));
  if (!field_of<bool>(status, "remote_config"))
    return text + "Remote configuration is off (remote_config.enabled): no tracer hears of it.\n";

  std::map<std::string_view, int> states;
  std::string failures;
  for (const element tracer : list_of(status, "tracers")) {
    ++states[field_of<std::string_view>(tracer, "state")];
    const auto error = field_of<std::string_view>(tracer, "error");
    if (error.empty()) continue;
    failures += fmt::format("  {} in {} ({} {}): {}\n", field_of<std::string_view>(tracer, "service"),
                            field_of<std::string_view>(tracer, "env"), field_of<std::string_view>(tracer, "language"),
                            field_of<std::string_view>(tracer, "tracer_version"), error);
  }
  text +=
      fmt::format("Tracers that asked in the last five minutes: {}", field_of<std::uint64_t>(status, "tracer_count"));
  for (const std::string_view state : {"applied", "pending", "failed"}) {
    if (states.contains(state)) text += fmt::format(", {} {}", states[state], state);
  }
  return text + '\n' + failures;
}

}  // namespace

int run_sampling(const SamplingCommand& command) {
  http::ClientRequest request{"GET", "/api/ui/sampling", {}, ""};
  if (command.clear) request.method = "DELETE";
  if (!command.document.empty()) {
    std::ifstream file(command.document);
    if (!file) return say(fmt::format("cannot read {}", command.document));
    request.method = "PUT";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = {std::istreambuf_iterator<char>(file), {}};
  }
  const auto answer = http::send_request(command.http, request, kAskTimeout);
  if (!answer) return say(unreachable(command.http, answer.error()));
  if (answer->status != 200) return say(error_text(*answer));
  simdjson::dom::parser parser;
  element status;
  if (parser.parse(simdjson::padded_string(answer->body)).get(status) != simdjson::SUCCESS)
    return say("what answers there is no Vizsla");
  fmt::print("{}", sampling_text(status));
  return 0;
}

}  // namespace vizsla::server
