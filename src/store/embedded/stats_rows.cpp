#include "store/embedded/stats_rows.h"

#include <algorithm>

#include "query/stats_query.h"

namespace vizsla::store {

StatsKeyTexts small_key(StatsKeyTexts key) {
  for (std::size_t i = 0; i < model::kStatsTexts; ++i) {
    if (!query::is_small_field(static_cast<query::StatsField>(i))) key.texts[i] = {};
  }
  key.http_status = 0;
  key.flags &= model::kStatsEntry | model::kStatsFromClient;
  return key;
}

std::string_view StatsRollUp::add_bins(std::span<const StatsRow> rows, std::string_view StatsRow::* bins,
                                       std::deque<std::string>& texts) {
  const StatsRow* only = nullptr;
  std::size_t some = 0;
  for (const StatsRow& row : rows) {
    if ((row.*bins).empty()) continue;
    only = &row;
    ++some;
  }
  if (some == 0) return {};
  if (some == 1) return only->*bins;
  sums_.clear();
  // Checked when they were read from the log or the block.
  for (const StatsRow& row : rows) static_cast<void>(sums_.add(as_bytes(row.*bins)));
  packer_.pack(sums_, texts.emplace_back());
  return texts.back();
}

void StatsRollUp::add_up(std::vector<StatsRow>& rows, std::deque<std::string>& texts) {
  for (StatsRow& row : rows) row.bucket_ns -= row.bucket_ns % resolution_ns_;
  const auto by_bucket = [](const StatsRow& a, const StatsRow& b) { return a.bucket_ns < b.bucket_ns; };
  if (!std::is_sorted(rows.begin(), rows.end(), by_bucket)) std::sort(rows.begin(), rows.end(), by_bucket);
  std::size_t kept = 0;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end].bucket_ns == rows[begin].bucket_ns) ++end;
    StatsRow sum = rows[begin];
    if (end - begin > 1) {
      const std::span<const StatsRow> same(rows.data() + begin, end - begin);
      sum.ok_bins = add_bins(same, &StatsRow::ok_bins, texts);
      sum.error_bins = add_bins(same, &StatsRow::error_bins, texts);
      for (std::size_t i = begin + 1; i < end; ++i) sum.counts.add(rows[i].counts);
    }
    rows[kept++] = sum;
    begin = end;
  }
  rows.resize(kept);
}

Result<void> merge_stats(std::vector<std::unique_ptr<StatsSource>>& sources, std::int64_t resolution_ns,
                         const TakeStats& take) {
  // The source with the lowest key is on top.
  const auto later = [](const StatsSource* a, const StatsSource* b) { return b->key() < a->key(); };
  std::vector<StatsSource*> heap;
  for (const auto& source : sources) {
    if (source->next()) heap.push_back(source.get());
  }
  std::make_heap(heap.begin(), heap.end(), later);
  StatsRollUp roll_up(resolution_ns);
  std::vector<StatsRow> rows;
  std::deque<std::string> bins;
  std::string key_bytes;
  while (!heap.empty()) {
    rows.clear();
    bins.clear();
    // The source goes on while the key is still in use.
    StatsKeyTexts key = heap.front()->key();
    key_bytes.clear();
    for (const std::string_view text : key.texts) key_bytes += text;
    std::size_t at = 0;
    for (std::string_view& text : key.texts) {
      text = std::string_view(key_bytes).substr(at, text.size());
      at += text.size();
    }
    while (!heap.empty() && heap.front()->key() == key) {
      std::pop_heap(heap.begin(), heap.end(), later);
      StatsSource* const source = heap.back();
      source->rows(rows, bins);
      if (source->next()) {
        std::push_heap(heap.begin(), heap.end(), later);
      } else {
        heap.pop_back();
      }
    }
    roll_up.add_up(rows, bins);
    VIZSLA_TRY_VOID(take(key, rows));
  }
  return {};
}

}  // namespace vizsla::store
