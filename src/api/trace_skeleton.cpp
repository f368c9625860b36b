#include "api/trace_skeleton.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "api/span_extras.h"
#include "assemble/trace_summary.h"
#include "base/json_writer.h"

namespace vizsla::api {
namespace {

// Bits of the column "flags".
constexpr unsigned kEntry = 1;
constexpr unsigned kMeasured = 2;
constexpr unsigned kCritical = 4;
constexpr unsigned kMissingParent = 8;
constexpr unsigned kSkewed = 16;
constexpr unsigned kSharesId = 32;
constexpr unsigned kUnfinished = 64;

// A table of texts that a column points into.
class Strings {
 public:
  // With `has_empty`, index 0 is "".
  explicit Strings(bool has_empty) {
    if (has_empty) index_of("");
  }

  std::uint32_t index_of(std::string_view text) {
    const auto [at, fresh] = known_.try_emplace(text, static_cast<std::uint32_t>(list_.size()));
    if (fresh) list_.push_back(text);
    return at->second;
  }

  [[nodiscard]] const std::vector<std::string_view>& list() const { return list_; }

 private:
  std::unordered_map<std::string_view, std::uint32_t> known_;
  std::vector<std::string_view> list_;
};

struct ServiceRow {
  std::string_view name;
  std::string_view type;
  std::uint64_t spans = 0;
  std::uint64_t errors = 0;
  double exec_ns = 0;
};

// By execution time, most first; and for each span the number of its service.
struct ServiceTable {
  std::vector<ServiceRow> rows;
  std::vector<std::uint32_t> of_span;  // by place
};

ServiceTable sum_up_services(const model::SpanSet& spans, const assemble::TraceView& view) {
  ServiceTable table;
  std::unordered_map<std::string_view, std::uint32_t> known;
  for (std::size_t place = 0; place < view.span.size(); ++place) {
    const model::Span& span = spans[view.span[place]];
    const auto [at, fresh] = known.try_emplace(span.service, static_cast<std::uint32_t>(table.rows.size()));
    if (fresh) table.rows.push_back({.name = span.service, .type = {}});
    ServiceRow& row = table.rows[at->second];
    if (row.type.empty() && span.is_entry) row.type = span.type;
    ++row.spans;
    row.errors += span.error ? 1 : 0;
    row.exec_ns += view.exec_ns[place];
    table.of_span.push_back(at->second);
  }
  std::vector<std::uint32_t> order(table.rows.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return table.rows[a].exec_ns > table.rows[b].exec_ns; });
  std::vector<std::uint32_t> rank(order.size());
  std::vector<ServiceRow> sorted;
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    rank[order[i]] = i;
    sorted.push_back(table.rows[order[i]]);
  }
  table.rows = std::move(sorted);
  for (std::uint32_t& service : table.of_span) service = rank[service];
  return table;
}

std::string_view tag_of(const model::Span& span, std::string_view key) {
  const std::string_view* value = span.find_meta(key);
  return value == nullptr ? std::string_view{} : *value;
}

}  // namespace

std::string trace_skeleton_json(const model::SpanSet& spans, const assemble::TraceView& view, ServiceSlots& slots,
                                UnixNanos now) {
  const assemble::TraceSummary summary = assemble::summarize_trace(spans.spans);
  const ServiceTable services = sum_up_services(spans, view);
  const auto at = [&](std::size_t place) -> const model::Span& { return spans[view.span[place]]; };

  JsonWriter json;
  // One number per span, in the order of the walk.
  const auto column = [&](std::string_view name, auto&& value_of) {
    json.key(name).array([&] {
      for (std::size_t place = 0; place < view.span.size(); ++place) json.value(value_of(place));
    });
  };
  Strings operations(false);
  Strings resources(false);
  Strings types(true);
  Strings hosts(true);
  Strings containers(true);
  Strings methods(true);
  Strings databases(true);
  Strings error_lines(true);

  json.object([&] {
    json.field("trace_id", to_hex(summary.id));
    json.field("trace_id_low", std::to_string(summary.id.low));
    json.field("start_ns", std::to_string(view.start_ns));
    json.field("duration_ns", view.duration_ns);
    json.field("arriving", now - view.received_ns < assemble::kArrivingNs);
    json.field("root", view.root);
    json.field("span_count", view.span.size());
    json.field("error_count", summary.errors);
    json.field("depth", *std::max_element(view.depth.begin(), view.depth.end()) + 1);

    json.key("services").array([&] {
      for (const ServiceRow& row : services.rows) {
        json.object([&] {
          json.field("name", row.name);
          json.field("slot", slots.slot_of(row.name));
          json.field("type", row.type);
          json.field("spans", row.spans);
          json.field("errors", row.errors);
          json.field("exec_ns", row.exec_ns);
        });
      }
    });

    json.key("spans").object([&] {
      column("id", [&](std::size_t p) { return to_hex(at(p).span_id); });
      column("parent", [&](std::size_t p) { return view.parent[p]; });
      column("start", [&](std::size_t p) { return at(p).start_ns - view.start_ns; });
      column("duration", [&](std::size_t p) { return at(p).duration_ns; });
      column("service", [&](std::size_t p) { return services.of_span[p]; });
      column("operation", [&](std::size_t p) { return operations.index_of(at(p).operation); });
      column("resource", [&](std::size_t p) { return resources.index_of(at(p).resource); });
      column("type", [&](std::size_t p) { return types.index_of(at(p).type); });
      column("kind", [&](std::size_t p) { return static_cast<unsigned>(at(p).kind); });
      column("error", [&](std::size_t p) { return at(p).error ? 1 : 0; });
      column("flags", [&](std::size_t p) {
        return (at(p).is_entry ? kEntry : 0) | (at(p).measured ? kMeasured : 0) | (view.critical[p] ? kCritical : 0) |
               (view.missing_parent[p] ? kMissingParent : 0) | (view.skewed[p] ? kSkewed : 0) |
               (view.shares_id[p] ? kSharesId : 0) | (at(p).partial ? kUnfinished : 0);
      });
      column("http_status", [&](std::size_t p) { return at(p).http_status; });
      column("http_method", [&](std::size_t p) { return methods.index_of(tag_of(at(p), "http.method")); });
      column("host", [&](std::size_t p) { return hosts.index_of(at(p).host); });
      column("container", [&](std::size_t p) { return containers.index_of(at(p).container_id); });
      column("db_system", [&](std::size_t p) {
        const std::string_view system = tag_of(at(p), "db.system");
        return databases.index_of(system.empty() ? tag_of(at(p), "db.type") : system);
      });
      column("error_line", [&](std::size_t p) {
        if (!at(p).error) return error_lines.index_of("");
        const assemble::SpanError error = assemble::error_of(at(p));
        return error_lines.index_of(assemble::first_line(error.message.empty() ? error.type : error.message));
      });
      column("self_ns", [&](std::size_t p) { return view.self_ns[p]; });
      column("exec_ns", [&](std::size_t p) { return view.exec_ns[p]; });
    });

    json.key("strings").object([&] {
      json.list("operations", operations.list());
      json.list("resources", resources.list());
      json.list("types", types.list());
      json.list("hosts", hosts.list());
      json.list("containers", containers.list());
      json.list("http_methods", methods.list());
      json.list("db_systems", databases.list());
      json.list("error_lines", error_lines.list());
    });

    std::vector<std::pair<std::size_t, SpanEvent>> events;
    for (std::size_t place = 0; place < view.span.size(); ++place) {
      for (SpanEvent& event : events_of(at(place))) events.emplace_back(place, std::move(event));
    }
    json.key("events").object([&] {
      json.key("span").array([&] {
        for (const auto& [place, event] : events) json.value(place);
      });
      json.key("at").array([&] {
        for (const auto& [place, event] : events) json.value(event.time_ns - view.start_ns);
      });
      json.key("name").array([&] {
        for (const auto& [place, event] : events) json.value(event.name);
      });
    });

    json.key("critical_path").array([&] {
      for (const assemble::CriticalPiece& piece : view.critical_path) {
        json.object([&] {
          json.field("span", piece.place);
          json.field("start", piece.start_ns);
          json.field("end", piece.end_ns);
        });
      }
    });
    json.key("warnings").array([&] {
      for (const assemble::Warning& warning : view.warnings) {
        json.object([&] {
          json.field("code", to_string(warning.code));
          json.field("message", warning.message);
          json.list("spans", warning.places);
        });
      }
    });
  });
  return json.text();
}

}  // namespace vizsla::api
