#pragma once

namespace vizsla::server {

inline constexpr const char* kVersion = VIZSLA_VERSION;

}  // namespace vizsla::server
