#include "pipeline/sample/priority_sampler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json_writer.h"

namespace vizsla::pipeline {

std::shared_ptr<const TracerRates> TracerRates::of(std::string_view rates_json) {
  auto rates = std::make_shared<TracerRates>();
  rates->body = fmt::format("{{\"rate_by_service\":{}}}\n", rates_json);
  rates->version = fmt::format("{:016x}", hash64(as_bytes(rates->body)));
  return rates;
}

PrioritySampler::PrioritySampler(double target_per_second, double extra_rate, std::size_t catalog_max,
                                 std::string default_env)
    : engine_(target_per_second, extra_rate, catalog_max),
      catalog_(catalog_max),
      default_env_(std::move(default_env)),
      rates_(TracerRates::of("{}")) {}

PrioritySampler::Decision PrioritySampler::sample(std::string_view service, std::string_view env, Signature signature,
                                                  int priority, double weight, UnixNanos now) {
  Decision decision;
  decision.keep = priority > 0;
  if (priority != 0 && priority != 1) return decision;
  if (const auto gone = catalog_.see(service, env, signature)) engine_.forget(*gone);
  if (engine_.count(signature, weight, now)) tell_tracers();
  decision.counted = true;
  decision.rate = engine_.rate_of(signature);
  return decision;
}

void PrioritySampler::tell_tracers() {
  std::vector<std::pair<std::string, double>> rates;
  rates.reserve(catalog_.entries().size() + 1);
  for (const ServiceCatalog::Entry& entry : catalog_.entries()) {
    const auto rate = engine_.known_rate_of(entry.signature);
    if (!rate) continue;
    rates.emplace_back(fmt::format("service:{},env:{}", entry.service, entry.env), *rate);
    if (entry.env == default_env_) rates.emplace_back(fmt::format("service:{},env:", entry.service), *rate);
  }
  rates.emplace_back("service:,env:", engine_.default_rate());
  // By name, so that the text is another one only when the rates are. A service of which some spans have the empty
  // environment would be there twice: the first goes.
  std::stable_sort(rates.begin(), rates.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto twice =
      std::unique(rates.begin(), rates.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  rates.erase(twice, rates.end());

  JsonWriter json;
  json.object([&] {
    for (const auto& [name, rate] : rates) json.field(name, rate);
  });
  auto told = TracerRates::of(json.view());
  if (told->version != rates_->version) rates_ = std::move(told);
}

}  // namespace vizsla::pipeline
