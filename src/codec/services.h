// The list of services that old tracers send beside their traces: {"web": {"app": "rails", "app_type": "web"}, …}, as
// JSON or msgpack (agent-protocol §2.8).
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/intake_counts.h"

namespace vizsla::codec {

// Fields that aren't texts are left empty; other fields are skipped. InvalidInput, with the byte, when it isn't such a
// list; LimitExceeded when it names more than kDeclaredServicesMax.
Result<std::vector<model::DeclaredService>> decode_services_msgpack(Bytes body);
Result<std::vector<model::DeclaredService>> decode_services_json(PaddedBytes body);

inline constexpr std::size_t kDeclaredServicesMax = 10'000;

}  // namespace vizsla::codec
