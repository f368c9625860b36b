// Which of what an owner has set holds for one tracer. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "model/tracer_sampling.h"

namespace vizsla::pipeline {

// Per value: what is set for this service in this env, else for the service, else for the env, else for all of them;
// nothing where nobody has set anything. `service` and `env` are normalised, and so is what entries are compared with:
// "Shop" is meant for spans of "shop".
model::TracerSampling resolve_tracer_sampling(const std::vector<model::TracerSampling>& samplings,
                                              std::string_view service, std::string_view env);

}  // namespace vizsla::pipeline
