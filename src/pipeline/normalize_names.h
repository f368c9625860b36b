// The three rules by which names are made safe to group by: for tag values (services, environments), for tags, and for
// metric names (operations). They differ; agent-protocol §5.3 has them side by side.
//
// Pure. Input is UTF-8; bytes that aren't count as characters that no rule allows.
#pragma once

#include <string>
#include <string_view>

namespace vizsla::pipeline {

inline constexpr std::size_t kServiceBytesMax = 100;
inline constexpr std::size_t kOperationBytesMax = 100;

// `text` cut to at most `bytes_max` bytes, between characters.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max);

// Lower case; letters, digits and ":./-_" stay, each run of anything else becomes one "_", a run at the end is dropped.
// Ends after 200 characters. `tag` ("key:value") must begin with a letter or ":", a tag value with anything allowed.
std::string normalize_tag(std::string_view text);
std::string normalize_tag_value(std::string_view text);

// Metric-name rules: starts with the first ASCII letter, keeps letters, digits, "." and "_". "" when there is no
// letter.
std::string normalize_metric_name(std::string_view text);

// What was wrong with a name, for counting.
enum class NameFault { None, Empty, Truncated, Invalid };

struct NormalizedName {
  std::string name;
  NameFault fault = NameFault::None;
};

// Cut to 100 bytes, then the tag-value rules; `fallback` when nothing is left. A service that comes out changed by
// more than letter case is Invalid only if nothing was left, as the Agent counts it.
NormalizedName normalize_service(std::string_view service, std::string_view fallback);

// Cut to 100 bytes, then the metric-name rules; "unnamed_operation" when nothing is left.
NormalizedName normalize_operation(std::string_view operation);

// "unnamed-service", or "unnamed-<language>-service".
std::string fallback_service(std::string_view language);

}  // namespace vizsla::pipeline
