#include "model/intake_counts.h"

namespace vizsla::model {

void SpanCounts::add(const SpanCounts& other) {
  received += other.received;
  stored += other.stored;
  for (const auto& [reason, count] : other.refused) refused[reason] += count;
  for (const auto& [reason, count] : other.altered) altered[reason] += count;
}

void StatsGroupCounts::add(const StatsGroupCounts& other) {
  received += other.received;
  stored += other.stored;
  for (const auto& [reason, count] : other.refused) refused[reason] += count;
}

}  // namespace vizsla::model
