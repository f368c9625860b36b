#include "intake/intake_stats.h"

namespace vizsla::intake {

void IntakeStats::record_payload(std::string_view route, std::string_view outcome, std::uint64_t bytes) {
  state_.with([&](State& state) {
    model::PayloadTotals& totals = state.payloads[{std::string(route), std::string(outcome)}];
    if (totals.requests == 0) {
      totals.route = route;
      totals.outcome = outcome;
    }
    ++totals.requests;
    totals.bytes += bytes;
  });
}

void IntakeStats::record_repairs(std::uint64_t strings, std::uint64_t values) {
  if (strings + values == 0) return;
  state_.with([&](State& state) {
    state.repaired_strings += strings;
    state.coerced_values += values;
  });
}

void IntakeStats::record_spans(const std::vector<model::ServiceSpans>& services, std::string_view language,
                               UnixNanos now) {
  state_.with([&](State& state) {
    for (const model::ServiceSpans& spans : services) {
      state.total.add(spans.counts);
      auto at = state.services.find(spans.service);
      if (at == state.services.end()) {
        const bool room = state.services.size() < kServicesMax;
        at = state.services.try_emplace(room ? spans.service : std::string(kOtherServices)).first;
        at->second.service = at->first;
      }
      at->second.counts.add(spans.counts);
      if (!language.empty()) at->second.language = language;
      if (!spans.type.empty()) at->second.type = spans.type;
      at->second.last_received_ns = now;
    }
  });
}

void IntakeStats::record_counted(const model::CountedSpans& spans) {
  state_.with([&](State& state) {
    state.counted.counted += spans.counted;
    state.counted.too_old += spans.too_old;
    state.counted.too_new += spans.too_new;
  });
}

void IntakeStats::record_stats_groups(const model::StatsGroupCounts& groups) {
  state_.with([&](State& state) { state.stats_groups.add(groups); });
}

void IntakeStats::record_limited(std::string_view limit, std::uint64_t rows) {
  state_.with([&](State& state) { state.limited_stats[std::string(limit)] += rows; });
}

bool IntakeStats::declare(const model::DeclaredService& service) {
  return state_.with([&](State& state) {
    const auto known = state.declared.find(service.service);
    if (known == state.declared.end()) {
      if (state.declared.size() >= kServicesMax) return false;
      state.declared.emplace(service.service, service);
      return true;
    }
    return std::exchange(known->second, service) != service;
  });
}

model::IntakeCounts IntakeStats::snapshot() const {
  return state_.with([](const State& state) {
    model::IntakeCounts snapshot;
    snapshot.total = state.total;
    snapshot.counted = state.counted;
    snapshot.stats_groups = state.stats_groups;
    snapshot.limited_stats = state.limited_stats;
    snapshot.repaired_strings = state.repaired_strings;
    snapshot.coerced_values = state.coerced_values;
    auto services = state.services;
    for (const auto& [name, declared] : state.declared) {
      model::ServiceTotals& totals = services[name];
      totals.service = name;
      totals.app = declared.app;
      if (totals.type.empty()) totals.type = declared.type;
    }
    for (auto& [name, totals] : services) snapshot.services.push_back(std::move(totals));
    for (const auto& [key, totals] : state.payloads) snapshot.payloads.push_back(totals);
    return snapshot;
  });
}

}  // namespace vizsla::intake
