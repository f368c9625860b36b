#include "pipeline/sample/service_catalog.h"

namespace vizsla::pipeline {

std::optional<Signature> ServiceCatalog::see(std::string_view service, std::string_view env, Signature signature) {
  if (const auto known = by_pair_.find({service, env}); known != by_pair_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    return std::nullopt;
  }
  std::optional<Signature> gone;
  if (entries_.size() >= max_ && !entries_.empty()) {
    const Entry& last = entries_.back();
    gone = last.signature;
    by_pair_.erase({last.service, last.env});
    entries_.pop_back();
  }
  entries_.push_front({std::string(service), std::string(env), signature});
  const Entry& entry = entries_.front();
  by_pair_.emplace(Pair{entry.service, entry.env}, entries_.begin());
  return gone;
}

}  // namespace vizsla::pipeline
