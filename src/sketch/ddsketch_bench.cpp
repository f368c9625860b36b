#include <random>

#include <benchmark/benchmark.h>

#include "sketch/ddsketch.h"

namespace vizsla::sketch {
namespace {

// Durations in ns with a median of 3 ms.
std::vector<double> durations() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> distribution(15, 1.5);
  std::vector<double> values(1 << 16);
  for (double& value : values) value = distribution(random);
  return values;
}

template <class Sketch>
void insert(benchmark::State& state) {
  const std::vector<double> values = durations();
  Sketch sketch;
  std::size_t i = 0;
  // A mask: a division would take as long as what is measured.
  const std::size_t mask = values.size() - 1;
  for (auto _ : state) sketch.add(values[i++ & mask]);
  benchmark::DoNotOptimize(sketch.count());
}

// What a percentile over many buckets of one key costs for each of them.
void merge_sketches(benchmark::State& state) {
  const std::vector<double> values = durations();
  DDSketch part;
  for (int i = 0; i < state.range(0); ++i) part.add(values[static_cast<std::size_t>(i)]);
  DDSketch sum;
  for (auto _ : state) sum.merge(part);
  benchmark::DoNotOptimize(sum.count());
}

void quantile(benchmark::State& state) {
  DDSketch sketch;
  for (const double value : durations()) sketch.add(value);
  for (auto _ : state) benchmark::DoNotOptimize(sketch.quantile(0.99));
}

BENCHMARK(insert<DDSketch>);
BENCHMARK(insert<SparseSketch>);
BENCHMARK(merge_sketches)->Arg(20)->Arg(1000);
BENCHMARK(quantile);

}  // namespace
}  // namespace vizsla::sketch
