#include "store/embedded/testing/faulty_files.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/check.h"

namespace vizsla::store::testing {
namespace {

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

class FaultyWritableFile final : public WritableFile {
 public:
  FaultyWritableFile(FaultyFiles& files, std::string path, std::unique_ptr<WritableFile> real,
                     FaultyFiles::ContentPtr content)
      : files_(files), path_(std::move(path)), real_(std::move(real)), content_(std::move(content)) {}

  Result<void> append(std::span<const Bytes> pieces) override {
    const std::lock_guard lock(files_.mutex_);
    std::string all;
    for (const Bytes piece : pieces) all += as_text(piece);
    Result<void> outcome = files_.step("append", path_);
    if (outcome) outcome = files_.take_space(all.size());
    if (!outcome) {
      // Half of it got there, as it does when a disk runs full.
      if (!files_.crashed_) write(all.substr(0, files_.random_() % (all.size() + 1)));
      return outcome;
    }
    write(all);
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard lock(files_.mutex_);
    VIZSLA_TRY_VOID(files_.step("sync", path_));
    content_->synced = content_->written;
    content_->furthest.clear();
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    VIZSLA_TRY_VOID(files_.step("truncate", path_));
    if (content_->written.size() > content_->furthest.size()) content_->furthest = content_->written;
    content_->written.resize(size);
    return real_->truncate(size);
  }

  [[nodiscard]] std::uint64_t size() const override { return real_->size(); }

 private:
  void write(const std::string& text) {
    content_->written += text;
    const Bytes bytes = as_bytes(text);
    VIZSLA_CHECK(real_->append({&bytes, 1}));
  }

  FaultyFiles& files_;
  const std::string path_;
  const std::unique_ptr<WritableFile> real_;
  const FaultyFiles::ContentPtr content_;
};

FaultyFiles::FaultyFiles(std::uint64_t seed) : real_(make_posix_files()), random_(seed) {}

FaultyFiles::~FaultyFiles() = default;

void FaultyFiles::set(Faults faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
}

void FaultyFiles::adopt(const std::string& root) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    auto content = std::make_shared<Content>();
    content->written.assign(std::istreambuf_iterator<char>(file), {});
    content->synced = content->written;
    names_[entry.path()] = durable_[entry.path()] = std::move(content);
  }
}

std::uint64_t FaultyFiles::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

std::uint64_t FaultyFiles::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

bool FaultyFiles::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

Result<void> FaultyFiles::step(const char* what, const std::string& path) {
  ++steps_;
  if (faults_.crash_at && steps_ >= *faults_.crash_at) crashed_ = true;
  if (crashed_) return fail(ErrorCode::Unavailable, "the power is off");
  if (faults_.fail_at == steps_ || faults_.failing.contains(what) ||
      (faults_.fail_one_in > 0 && random_() % faults_.fail_one_in == 0))
    return fail(ErrorCode::Unavailable, fmt::format("cannot {} {}: made to fail", what, path));
  return {};
}

Result<void> FaultyFiles::take_space(std::size_t bytes) {
  ++writes_;
  const bool full = faults_.full_from && writes_ >= *faults_.full_from;
  if (full || (faults_.bytes_left && bytes > *faults_.bytes_left)) {
    if (faults_.bytes_left) faults_.bytes_left = 0;
    return fail(ErrorCode::Unavailable, "No space left on device");
  }
  if (faults_.bytes_left) *faults_.bytes_left -= bytes;
  return {};
}

void FaultyFiles::change_name(NameChange change) {
  if (!change.removed.empty()) names_.erase(change.removed);
  if (!change.added.empty()) names_[change.added] = change.content;
  pending_.push_back(std::move(change));
}

Result<std::unique_ptr<WritableFile>> FaultyFiles::create(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("create", path));
  VIZSLA_TRY(auto real, real_->create(path));
  auto content = std::make_shared<Content>();
  change_name({folder_of(path), "", path, content});
  return std::make_unique<FaultyWritableFile>(*this, path, std::move(real), content);
}

Result<std::unique_ptr<WritableFile>> FaultyFiles::open_append(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("open", path));
  VIZSLA_TRY(auto real, real_->open_append(path));
  return std::make_unique<FaultyWritableFile>(*this, path, std::move(real), names_.at(path));
}

Result<std::shared_ptr<const ReadableFile>> FaultyFiles::open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("open", path));
  return real_->open(path);
}

Result<void> FaultyFiles::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("rename", from));
  VIZSLA_TRY_VOID(real_->rename(from, to));
  VIZSLA_CHECK(names_.contains(from));
  change_name({folder_of(to), from, to, names_.at(from)});
  return {};
}

Result<void> FaultyFiles::link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("link", from));
  if (faults_.no_links) return fail(ErrorCode::Unsupported, fmt::format("cannot link {} to {}", from, to));
  VIZSLA_TRY_VOID(real_->link(from, to));
  VIZSLA_CHECK(names_.contains(from));
  change_name({folder_of(to), "", to, names_.at(from)});
  return {};
}

Result<void> FaultyFiles::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("remove", path));
  VIZSLA_TRY_VOID(real_->remove(path));
  if (names_.contains(path)) change_name({folder_of(path), path, "", nullptr});
  return {};
}

Result<void> FaultyFiles::sync_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("sync folder", path));
  std::vector<NameChange> left;
  for (NameChange& change : pending_) {
    if (change.folder != path) {
      left.push_back(std::move(change));
      continue;
    }
    if (!change.removed.empty()) durable_.erase(change.removed);
    if (!change.added.empty()) durable_[change.added] = change.content;
  }
  pending_ = std::move(left);
  std::erase_if(new_folders_, [&](const std::string& folder) { return folder_of(folder) == path; });
  return {};
}

Result<void> FaultyFiles::make_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("make folder", path));
  const bool is_new = !std::filesystem::exists(path);
  VIZSLA_TRY_VOID(real_->make_folder(path));
  if (is_new) new_folders_.insert(path);
  return {};
}

Result<std::vector<Files::Entry>> FaultyFiles::list(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("list", path));
  return real_->list(path);
}

Result<std::uint64_t> FaultyFiles::free_bytes(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("look at the disk of", path));
  if (faults_.bytes_left) return *faults_.bytes_left;
  return real_->free_bytes(path);
}

Result<std::unique_ptr<FolderLock>> FaultyFiles::lock_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIZSLA_TRY_VOID(step("lock", path));
  return real_->lock_folder(path);
}

void FaultyFiles::crash(const std::string& root) {
  const std::lock_guard lock(mutex_);
  // Some of the changes of names got to the disk: in each folder the first few of them.
  std::map<std::string, std::size_t> per_folder;
  for (const NameChange& change : pending_) ++per_folder[change.folder];
  for (auto& [folder, count] : per_folder) count = random_() % (count + 1);
  for (const NameChange& change : pending_) {
    if (per_folder[change.folder] == 0) continue;
    --per_folder[change.folder];
    if (!change.removed.empty()) durable_.erase(change.removed);
    if (!change.added.empty()) durable_[change.added] = change.content;
  }
  pending_.clear();
  for (const std::string& folder : new_folders_) {
    if (random_() % 2 == 0) continue;
    std::erase_if(durable_, [&](const auto& file) { return file.first.starts_with(folder + "/"); });
  }
  new_folders_.clear();

  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) std::filesystem::remove(entry.path());
  }
  // Some of the bytes behind the last sync, perhaps with garbage at their end: a block that was allocated and not
  // written.
  std::map<Content*, bool> settled;
  for (auto& [path, content] : durable_) {
    if (!settled.emplace(content.get(), true).second) continue;
    std::string survived = content->synced;
    const std::string& written = content->furthest.empty() || random_() % 2 == 0 ? content->written : content->furthest;
    const bool grew = written.size() > survived.size() && written.compare(0, survived.size(), survived) == 0;
    if (grew) {
      const std::size_t extra = random_() % (written.size() - survived.size() + 1);
      survived = written.substr(0, survived.size() + extra);
      if (extra > 0 && random_() % 2 == 0) {
        const std::size_t garbage = 1 + random_() % extra;
        for (std::size_t i = survived.size() - garbage; i < survived.size(); ++i)
          survived[i] = random_() % 2 == 0 ? '\0' : survived[i];
      }
    } else if (written != survived && random_() % 2 == 0) {
      survived = written;
    }
    content->furthest.clear();
    content->written = content->synced = survived;
  }
  names_ = durable_;
  for (const auto& [path, content] : names_) {
    std::ofstream file(path, std::ios::binary);
    file.write(content->written.data(), static_cast<std::streamsize>(content->written.size()));
    VIZSLA_CHECK(file.good());
  }
  crashed_ = false;
  faults_ = {};
}

}  // namespace vizsla::store::testing
