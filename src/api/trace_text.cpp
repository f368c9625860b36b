#include "api/trace_text.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "assemble/trace_summary.h"
#include "query/time_range.h"

namespace vizsla::api {
namespace {

constexpr std::size_t kBarWidth = 24;
// Siblings in a row that say the same are written once from this many on.
constexpr std::size_t kGroupFrom = 5;
constexpr std::size_t kSpansMax = 2000;

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[31m";

std::size_t width_of(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Cut to `width` characters, with an ellipsis for what is gone.
std::string fit(std::string_view utf8, std::size_t width) {
  if (width_of(utf8) <= width) return std::string(utf8) + std::string(width - width_of(utf8), ' ');
  std::string cut;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < utf8.size() && taken + 1 < width;) {
    std::size_t size = 1;
    while (i + size < utf8.size() && (static_cast<unsigned char>(utf8[i + size]) & 0xc0) == 0x80) ++size;
    cut += utf8.substr(i, size);
    i += size;
    ++taken;
  }
  return cut + "…";
}

// No control characters: what is printed came from outside, and a terminal obeys them.
std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text) clean += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return clean;
}

class TreeWriter {
 public:
  TreeWriter(const model::SpanSet& spans, const assemble::TraceView& view, const TextStyle& style)
      : spans_(spans), view_(view), style_(style) {}

  std::string write() {
    write_header();
    write_spans();
    write_errors();
    for (const assemble::Warning& warning : view_.warnings) line(paint(kDim, fmt::format("! {}", warning.message)));
    return std::move(text_);
  }

 private:
  const model::Span& at(std::size_t place) const { return spans_[view_.span[place]]; }

  [[nodiscard]] std::string paint(std::string_view color, std::string_view text) const {
    return style_.color ? fmt::format("{}{}{}", color, text, kReset) : std::string(text);
  }

  void line(std::string_view text) {
    text_ += text;
    text_ += '\n';
  }

  void write_header() {
    const assemble::TraceSummary summary = assemble::summarize_trace(spans_.spans);
    const model::Span& root = at(view_.root);
    std::string status = root.http_status != 0 ? fmt::format("{}", root.http_status) : root.error ? "error" : "ok";
    line(fmt::format("{} › {}  {}  {}", paint(kBold, printable(root.service)), printable(root.resource), status,
                     format_duration(view_.duration_ns)));
    line(paint(kDim, fmt::format("trace {}  {}  {} span{}, {} service{}, {} error{}", to_hex(summary.id),
                                 query::format_time(view_.start_ns, 3), spans_.size(), spans_.size() == 1 ? "" : "s",
                                 summary.services.size(), summary.services.size() == 1 ? "" : "s", summary.errors,
                                 summary.errors == 1 ? "" : "s")));
    std::map<std::string_view, double> exec;
    double total = 0;
    for (std::size_t place = 0; place < view_.span.size(); ++place) {
      exec[at(place).service] += view_.exec_ns[place];
      total += view_.exec_ns[place];
    }
    std::vector<std::pair<std::string_view, double>> shares(exec.begin(), exec.end());
    std::sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::string text = "time in";
    for (const auto& [service, ns] : shares)
      text += fmt::format("  {} {:.0f}%", printable(service), total > 0 ? ns / total * 100 : 0);
    line(paint(kDim, text));
    line("");
  }

  // Where the subtree of a place ends in the walk.
  [[nodiscard]] std::size_t subtree_end(std::size_t place) const {
    std::size_t end = place + 1;
    while (end < view_.span.size() && view_.depth[end] > view_.depth[place]) ++end;
    return end;
  }

  [[nodiscard]] bool says_the_same(std::size_t a, std::size_t b) const {
    return view_.parent[a] == view_.parent[b] && view_.depth[a] == view_.depth[b] && at(a).service == at(b).service &&
           at(a).operation == at(b).operation && at(a).resource == at(b).resource && !at(a).error && !at(b).error;
  }

  void write_spans() {
    std::size_t written = 0;
    for (std::size_t place = 0; place < view_.span.size();) {
      if (written++ == kSpansMax) {
        line(paint(kDim, fmt::format("… {} more spans", view_.span.size() - place)));
        break;
      }
      // A run of equal leaves is one line: a query in a loop.
      std::size_t end = place + 1;
      std::int64_t total_ns = at(place).duration_ns;
      while (end < view_.span.size() && subtree_end(place) == place + 1 && subtree_end(end) == end + 1 &&
             says_the_same(place, end)) {
        total_ns += at(end).duration_ns;
        ++end;
      }
      if (end - place >= kGroupFrom) {
        write_span(place, fmt::format("×{} ", end - place), total_ns);
        place = end;
      } else {
        write_span(place, "", at(place).duration_ns);
        ++place;
      }
    }
    line("");
  }

  void write_span(std::size_t place, const std::string& times, std::int64_t duration_ns) {
    const model::Span& span = at(place);
    const std::size_t left_width = std::max<std::size_t>(style_.width, 40) - kBarWidth - 12;
    const std::size_t depth = std::min<std::size_t>(view_.depth[place], 16);
    std::string label(depth * 2, ' ');
    label += span.error ? "✗ " : "• ";
    label += times;
    label += printable(span.service) + " " + printable(span.operation);
    if (span.resource != span.operation) label += " " + printable(span.resource);
    if (span.http_status != 0) label += fmt::format(" [{}]", span.http_status);
    if (view_.missing_parent[place]) label += " (parent missing)";
    const std::string left = fit(label, left_width);
    line(fmt::format("{} {} {:>10}", span.error ? paint(kRed, left) : left, bar(span), format_duration(duration_ns)));
  }

  [[nodiscard]] std::string bar(const model::Span& span) const {
    const double scale =
        view_.duration_ns > 0 ? static_cast<double>(kBarWidth) / static_cast<double>(view_.duration_ns) : 0;
    auto begin = static_cast<std::size_t>(static_cast<double>(span.start_ns - view_.start_ns) * scale);
    begin = std::min(begin, kBarWidth - 1);
    auto size = static_cast<std::size_t>(std::ceil(static_cast<double>(span.duration_ns) * scale));
    size = std::clamp<std::size_t>(size, 1, kBarWidth - begin);
    std::string text = std::string(begin, ' ');
    for (std::size_t i = 0; i < size; ++i) text += "━";
    return text + std::string(kBarWidth - begin - size, ' ');
  }

  void write_errors() {
    for (std::size_t place = 0; place < view_.span.size(); ++place) {
      const model::Span& span = at(place);
      if (!span.error) continue;
      const assemble::SpanError error = assemble::error_of(span);
      line(paint(kRed, fmt::format("✗ {} {}: {}{}{}", printable(span.service), printable(span.operation),
                                   printable(error.type), error.type.empty() || error.message.empty() ? "" : ": ",
                                   printable(assemble::first_line(error.message)))));
      // The frames that are nearest to the failure.
      std::vector<std::string_view> lines;
      for (std::string_view rest = error.stack; !rest.empty();) {
        const std::string_view one = assemble::first_line(rest);
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        if (!one.empty()) lines.push_back(one);
      }
      constexpr std::size_t kLines = 6;
      const std::size_t from = lines.size() > kLines ? lines.size() - kLines : 0;
      if (from > 0) line(paint(kDim, fmt::format("    … {} lines above", from)));
      for (std::size_t i = from; i < lines.size(); ++i) line(paint(kDim, "    " + printable(lines[i])));
      line("");
    }
  }

  const model::SpanSet& spans_;
  const assemble::TraceView& view_;
  const TextStyle& style_;
  std::string text_;
};

}  // namespace

std::string trace_text(const model::SpanSet& spans, const assemble::TraceView& view, const TextStyle& style) {
  return TreeWriter(spans, view, style).write();
}

std::string format_duration(std::int64_t ns) {
  if (ns == 0) return "0 ms";
  if (ns < 0) return "-" + format_duration(-ns);
  struct Unit {
    double ns;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
  const auto real = static_cast<double>(ns);
  for (const Unit& unit : kUnits) {
    // Three significant digits; what rounds up to a thousand belongs to the next unit.
    const double value = real / unit.ns;
    const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    const double power = std::pow(10, digits);
    const double rounded = std::round(value * power) / power;
    const double limit = unit.ns == 1e9 ? 60 : 1000;
    if (rounded >= limit) continue;
    std::string text = fmt::format("{:.{}f}", rounded, digits);
    if (digits > 0) {
      text.erase(text.find_last_not_of('0') + 1);
      if (text.ends_with('.')) text.pop_back();
    }
    return fmt::format("{} {}", text, unit.name);
  }
  const auto seconds = static_cast<std::int64_t>(std::round(real / 1e9));
  if (seconds < 3600) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{}h {:02}m", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{}d {}h", seconds / 86'400, seconds % 86'400 / 3600);
}

}  // namespace vizsla::api
