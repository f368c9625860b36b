#include "pipeline/sample/tracer_sampling.h"

#include "pipeline/normalize_names.h"

namespace vizsla::pipeline {

model::TracerSampling resolve_tracer_sampling(const std::vector<model::TracerSampling>& samplings,
                                              std::string_view service, std::string_view env) {
  constexpr std::string_view kAll = "*";
  model::TracerSampling resolved;
  resolved.service = service;
  resolved.env = env;
  int rate_rank = -1;
  int rules_rank = -1;
  for (const model::TracerSampling& sampling : samplings) {
    const bool names_service = sampling.service != kAll;
    const bool names_env = sampling.env != kAll;
    if (names_service && normalize_service(sampling.service, "").name != service) continue;
    if (names_env && normalize_tag_value(sampling.env) != env) continue;
    const int rank = (names_service ? 2 : 0) + (names_env ? 1 : 0);
    if (sampling.sample_rate && rank > rate_rank) {
      resolved.sample_rate = sampling.sample_rate;
      rate_rank = rank;
    }
    if (sampling.rules && rank > rules_rank) {
      resolved.rules = sampling.rules;
      rules_rank = rank;
    }
  }
  return resolved;
}

}  // namespace vizsla::pipeline
