#include "bench/store_filler.h"

#include <filesystem>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_writer.h"
#include "bench/process_usage.h"

namespace vizsla::bench {
namespace {

constexpr std::string_view kRecordName = "bench.json";

}  // namespace

Result<void> write_filled(const std::string& folder, const FilledStore& filled) {
  JsonWriter json;
  json.object([&] {
    json.field("seed", filled.seed);
    json.field("requests", filled.requests);
    json.field("spans", filled.spans);
    json.field("start_ns", filled.start_ns);
    json.field("end_ns", filled.end_ns);
    json.field("days", static_cast<double>(filled.end_ns - filled.start_ns) / static_cast<double>(kNanosPerDay));
  });
  const auto files = store::make_posix_files();
  return store::replace_file(*files, folder, std::string(kRecordName), as_bytes(json.view()));
}

Result<FilledStore> read_filled(const std::string& folder) {
  const auto files = store::make_posix_files();
  const std::string path = fmt::format("{}/{}", folder, kRecordName);
  VIZSLA_TRY(const auto content, store::read_file(*files, path));
  simdjson::dom::parser parser;
  const auto root = parser.parse(simdjson::padded_string(as_text(content)));
  FilledStore filled;
  bool good = true;
  const auto read = [&](std::string_view name, auto& into) {
    good = good && root[name].get(into) == simdjson::SUCCESS;
  };
  read("seed", filled.seed);
  read("requests", filled.requests);
  read("spans", filled.spans);
  read("start_ns", filled.start_ns);
  read("end_ns", filled.end_ns);
  if (!good) return fail(ErrorCode::InvalidInput, fmt::format("{} isn't what a fill writes", path));
  return filled;
}

StoreFiller::StoreFiller(const PayloadPlan& plan, const store::StoreOptions& options)
    : plan_(plan), options_(options), files_(store::make_posix_files()), clock_(plan.start_ns), source_(plan) {}

Result<std::unique_ptr<StoreFiller>> StoreFiller::open(const PayloadPlan& plan, const store::StoreOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(options.folder, error) && !std::filesystem::is_empty(options.folder, error)) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("{} isn't empty; remove it, or name another folder", options.folder));
  }
  std::unique_ptr<StoreFiller> filler(new StoreFiller(plan, options));
  VIZSLA_TRY(filler->store_, store::EmbeddedStore::open(options, *filler->files_, filler->clock_));
  return filler;
}

Result<bool> StoreFiller::append_next() {
  const ReadyPayload* payload = source_.next();
  if (payload == nullptr) return false;
  // Hours go by in seconds, so blocks may not come along. In real time they would: it isn't to look like a slow append.
  const double begin = wall_seconds();
  while (store_->stats().live_bytes > options_.memory_bytes / 4 * 3)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  clock_.advance(std::chrono::nanoseconds(payload->received_ns - clock_.now()));

  std::promise<Result<void>> done;
  const double appended = wall_seconds();
  store_->append(payload->batch, payload->stats, payload->hash,
                 [&](const Result<void>& outcome) { done.set_value(outcome); });
  VIZSLA_TRY_VOID(done.get_future().get());
  cost_.append_ms = (wall_seconds() - appended) * 1000;
  cost_.paced_s += appended - begin;
  cost_.traffic_cpu_s = payload->cpu_seconds;
  requests_ = payload->requests;
  spans_ += payload->batch.size();
  return true;
}

FilledStore StoreFiller::filled() const {
  return {plan_.seed, requests_, spans_, plan_.start_ns, clock_.now()};
}

}  // namespace vizsla::bench
