#include "store/embedded/open_files.h"

namespace vizsla::store {

Result<std::shared_ptr<const ReadableFile>> OpenFiles::open(const std::string& path) {
  auto known = state_.with([&](State& state) -> std::shared_ptr<const ReadableFile> {
    const auto at = state.by_path.find(path);
    if (at == state.by_path.end()) return nullptr;
    state.recent.splice(state.recent.begin(), state.recent, at->second);
    return at->second->file;
  });
  if (known != nullptr) return known;
  // Two threads may do this at once: one of the two files is closed again.
  VIZSLA_TRY(auto file, files_.open(path));
  std::shared_ptr<const ReadableFile> dropped;  // closed without the lock
  state_.with([&](State& state) {
    if (state.by_path.contains(path)) return;
    state.recent.push_front({path, file});
    state.by_path.emplace(state.recent.front().path, state.recent.begin());
    if (state.recent.size() <= count_max_) return;
    dropped = std::move(state.recent.back().file);
    state.by_path.erase(state.recent.back().path);
    state.recent.pop_back();
  });
  return file;
}

void OpenFiles::forget(const std::string& path) {
  std::shared_ptr<const ReadableFile> dropped;
  state_.with([&](State& state) {
    const auto at = state.by_path.find(path);
    if (at == state.by_path.end()) return;
    const auto entry = at->second;
    dropped = std::move(entry->file);
    state.by_path.erase(at);
    state.recent.erase(entry);
  });
}

}  // namespace vizsla::store
