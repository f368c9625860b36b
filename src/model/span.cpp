#include "model/span.h"

#include <algorithm>

namespace vizsla::model {
namespace {

template <class Tags>
auto find_tag(const Tags& tags, std::string_view key) -> decltype(&tags.front().second) {
  const auto it = std::lower_bound(tags.begin(), tags.end(), key,
                                   [](const auto& tag, std::string_view k) { return tag.first < k; });
  return it != tags.end() && it->first == key ? &it->second : nullptr;
}

}  // namespace

const std::string_view* Span::find_meta(std::string_view key) const {
  return find_tag(meta, key);
}

const double* Span::find_metric(std::string_view key) const {
  return find_tag(metrics, key);
}

}  // namespace vizsla::model
