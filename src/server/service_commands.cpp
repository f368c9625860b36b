#include "server/service_commands.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "server/asking.h"
#include "server/show_amounts.h"

namespace vizsla::server {
namespace {

constexpr std::string_view kNothing = "-";
constexpr std::size_t kSparkPoints = 20;
constexpr std::size_t kNameMin = 12;

std::string show_duration(std::optional<double> ns) {
  if (!ns) return std::string(kNothing);
  constexpr std::pair<double, std::string_view> kUnits[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {1, "ns"}};
  for (const auto& [size, unit] : kUnits) {
    const double amount = *ns / size;
    if (amount < 1 && size > 1) continue;
    return amount < 10 ? fmt::format("{:.1f} {}", amount, unit) : fmt::format("{:.0f} {}", amount, unit);
  }
  return "0 ns";
}

std::string show_rate(double per_second) {
  if (per_second >= 100) return fmt::format("{:.0f}", per_second);
  return per_second >= 10 ? fmt::format("{:.1f}", per_second) : fmt::format("{:.2f}", per_second);
}

std::string show_percent(std::optional<double> share) {
  if (!share) return std::string(kNothing);
  if (*share > 0 && *share < 0.0001) return "<0.01 %";
  return fmt::format("{:.{}f} %", *share * 100, *share < 0.1 && *share > 0 ? 2 : 1);
}

// Eight heights, a blank for nothing.
std::string show_spark(const std::vector<double>& values) {
  static constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double highest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::string text;
  for (const double value : values) {
    if (value <= 0 || highest <= 0) {
      text += ' ';
    } else {
      text += kBars[std::min<std::size_t>(7, static_cast<std::size_t>(value / highest * 8))];
    }
  }
  return text;
}

struct Row {
  std::string name;
  std::string type;
  double requests = 0;
  double requests_per_s = 0;
  double errors = 0;
  std::optional<double> error_rate;
  double total_time_ns = 0;
  std::optional<double> p50_ns;
  std::optional<double> p95_ns;
  std::optional<double> p99_ns;
  std::optional<double> apdex;
  std::vector<double> series;
};

Row read_row(simdjson::dom::element object, std::string_view name_field) {
  Row row;
  row.name = field_of<std::string_view>(object, name_field);
  row.type = field_of<std::string_view>(object, "type");
  row.requests = field_of<double>(object, "requests");
  row.requests_per_s = field_of<double>(object, "requests_per_s");
  row.errors = field_of<double>(object, "errors");
  row.error_rate = number_of(object, "error_rate");
  row.total_time_ns = field_of<double>(object, "total_time_ns");
  simdjson::dom::element part;
  if (object["latency"].get(part) == simdjson::SUCCESS) {
    row.p50_ns = number_of(part, "p50_ns");
    row.p95_ns = number_of(part, "p95_ns");
    row.p99_ns = number_of(part, "p99_ns");
  }
  if (object["apdex"].get(part) == simdjson::SUCCESS) row.apdex = number_of(part, "score");
  if (object["series"].get(part) == simdjson::SUCCESS) {
    for (const simdjson::dom::element value : list_of(part, "requests")) {
      double number = 0;
      row.series.push_back(value.get(number) == simdjson::SUCCESS ? number : 0);
    }
  }
  return row;
}

void sort_rows(std::vector<Row>& rows, std::string_view by) {
  const auto weight = [&](const Row& row) {
    if (by == "requests") return row.requests;
    if (by == "errors") return row.errors;
    if (by == "p95") return row.p95_ns.value_or(-1);
    return by == "name" ? 0 : row.total_time_ns;
  };
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    return weight(a) != weight(b) ? weight(a) > weight(b) : a.name < b.name;
  });
}

// Characters that a terminal shows, as far as a name has such: bytes that begin one.
std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string fitted(std::string_view text, std::size_t width) {
  if (shown_width(text) <= width) return fmt::format("{}{}", text, std::string(width - shown_width(text), ' '));
  std::string cut;
  std::size_t shown = 0;
  for (const char c : text) {
    if ((c & 0xc0) != 0x80 && ++shown == width) break;
    cut += c;
  }
  return cut + "…";
}

std::string right(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, shown_width(text)), ' ') + std::string(text);
}

std::string table_of(const std::vector<Row>& rows, std::string_view what, std::size_t width, std::size_t rows_max) {
  const bool with_series = !rows.empty() && !rows.front().series.empty();
  const std::size_t others = 8 + 9 + 10 + 4 * 9 + 8 + (with_series ? kSparkPoints + 2 : 0);
  std::size_t name_width = kNameMin;
  for (const Row& row : rows) name_width = std::max(name_width, shown_width(row.name));
  name_width = std::min(name_width, std::max(kNameMin, width > others ? width - others : kNameMin));
  std::string text = fmt::format("{}  {}{}{}{}{}{}{}{}{}\n", fitted(what, name_width), fitted("TYPE", 6),
                                 right("REQ/S", 9), right("ERRORS", 10), right("P50", 9), right("P95", 9),
                                 right("P99", 9), right("TIME", 9), right("APDEX", 8), with_series ? "  REQUESTS" : "");
  double all_time = 0;
  for (const Row& row : rows) all_time += row.total_time_ns;
  std::size_t shown = 0;
  for (const Row& row : rows) {
    if (rows_max > 0 && shown == rows_max) {
      text += fmt::format("and {} more\n", rows.size() - shown);
      break;
    }
    ++shown;
    text += fmt::format("{}  {}{}{}{}{}{}{}{}{}\n", fitted(row.name, name_width),
                        fitted(row.type.empty() ? kNothing : row.type, 6), right(show_rate(row.requests_per_s), 9),
                        right(show_percent(row.error_rate), 10), right(show_duration(row.p50_ns), 9),
                        right(show_duration(row.p95_ns), 9), right(show_duration(row.p99_ns), 9),
                        right(all_time > 0 ? show_percent(row.total_time_ns / all_time) : std::string(kNothing), 9),
                        right(row.apdex ? fmt::format("{:.2f}", *row.apdex) : std::string(kNothing), 8),
                        with_series ? "  " + show_spark(row.series) : std::string());
  }
  return text;
}

// One screen, as text.
Result<std::string> screen_of(const ServicesCommand& command, std::size_t rows_max) {
  std::string query = fmt::format("from={}&points={}", percent_encoded(command.from), kSparkPoints);
  if (!command.env.empty()) query += "&env=" + percent_encoded(command.env);
  const std::string path = command.service.empty() ? "/api/ui/services?" + query
                                                   : fmt::format("/api/ui/services/{}/resources?{}",
                                                                 percent_encoded(command.service), query);
  VIZSLA_TRY(const auto answer, ask_for_json(command.http, path));
  const std::string env(field_of<std::string_view>(answer->root, "env"));
  std::string text;
  if (!command.service.empty()) {
    std::vector<Row> rows;
    for (const simdjson::dom::element row : list_of(answer->root, "resources"))
      rows.push_back(read_row(row, "resource"));
    sort_rows(rows, command.sort);
    text = fmt::format("env {}  service {}  operation {}  since {}\n\n", env, command.service,
                       field_of<std::string_view>(answer->root, "operation"), command.from);
    if (rows.empty()) return text + fmt::format("No request of {} since {}.\n", command.service, command.from);
    return text + table_of(rows, "RESOURCE", terminal_width(), rows_max);
  }
  std::vector<Row> rows;
  std::vector<Row> dependencies;
  double requests_per_s = 0;
  for (const simdjson::dom::element service : list_of(answer->root, "services")) {
    const bool dependency = field_of<bool>(service, "is_dependency");
    (dependency ? dependencies : rows).push_back(read_row(service, "name"));
    if (!dependency) requests_per_s += rows.back().requests_per_s;
  }
  sort_rows(rows, command.sort);
  sort_rows(dependencies, command.sort);
  text = fmt::format("env {}  {} services  {} requests/s  since {}\n\n", env, rows.size(), show_rate(requests_per_s),
                     command.from);
  const auto silent = list_of(answer->root, "silent");
  if (rows.empty() && dependencies.empty() && silent.empty())
    return text + "No service has sent anything in 30 days. Point a tracer here, or try `make demo`.\n";
  if (!rows.empty()) text += table_of(rows, "SERVICE", terminal_width(), rows_max);
  if (!dependencies.empty()) text += "\n" + table_of(dependencies, "DEPENDENCY", terminal_width(), rows_max);
  if (!silent.empty()) text += fmt::format("\nSilent since {}:", command.from);
  for (const simdjson::dom::element service : silent)
    text += fmt::format(" {}", field_of<std::string_view>(service, "name"));
  if (!silent.empty()) text += '\n';
  return text;
}

std::size_t terminal_rows() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 12 ? size.ws_row - 8U : 30U;
}

}  // namespace

int print_services(const ServicesCommand& command) {
  const auto screen = screen_of(command, command.rows);
  if (!screen) return say(screen.error().message);
  fmt::print("{}", *screen);
  return 0;
}

int watch_services(const ServicesCommand& command) {
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  for (std::uint32_t frame = 1;; ++frame) {
    const auto screen = screen_of(command, command.rows > 0 ? command.rows : terminal_rows());
    if (!screen && frame == 1) return say(screen.error().message);
    // From the top, each line to its end, then what is left of the screen: nothing flickers.
    if (terminal) fmt::print("\x1b[H");
    std::string text = screen ? *screen : screen.error().message + "\n";
    if (terminal) {
      for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 4) text.insert(at, "\x1b[K");
      text += "\x1b[J";
    }
    fmt::print("{}", text);
    std::fflush(stdout);
    if (command.frames > 0 && frame >= command.frames) return 0;
    std::this_thread::sleep_for(std::chrono::duration<double>(command.interval_s));
  }
}

}  // namespace vizsla::server
