// A disk with a call of one's own before each step: so that a test can do in between what another process
// might.
//
// As thread-safe as what it calls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "store/embedded/files.h"

namespace vizsla::store::testing {

class WatchedFiles final : public Files {
 public:
  // `before` gets the name of the call and its (first) path. What it does to the disk itself isn't watched.
  using Before = std::function<void(std::string_view call, const std::string& path)>;

  // Borrows `real`.
  WatchedFiles(Files& real, Before before) : real_(real), before_(std::move(before)) {}

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    before_("create", path);
    return real_.create(path);
  }
  Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) override {
    before_("open_append", path);
    return real_.open_append(path);
  }
  Result<std::shared_ptr<const ReadableFile>> open(const std::string& path) override {
    before_("open", path);
    VIZSLA_TRY(auto file, real_.open(path));
    return std::make_shared<WatchedFile>(before_, path, std::move(file));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    before_("rename", from);
    return real_.rename(from, to);
  }
  Result<void> link(const std::string& from, const std::string& to) override {
    before_("link", from);
    return real_.link(from, to);
  }
  Result<void> remove(const std::string& path) override {
    before_("remove", path);
    return real_.remove(path);
  }
  Result<void> sync_folder(const std::string& path) override {
    before_("sync_folder", path);
    return real_.sync_folder(path);
  }
  Result<void> make_folder(const std::string& path) override {
    before_("make_folder", path);
    return real_.make_folder(path);
  }
  Result<std::vector<Entry>> list(const std::string& path) override {
    before_("list", path);
    return real_.list(path);
  }
  Result<std::uint64_t> free_bytes(const std::string& path) override {
    before_("free_bytes", path);
    return real_.free_bytes(path);
  }
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override {
    before_("lock_folder", path);
    return real_.lock_folder(path);
  }

 private:
  class WatchedFile final : public ReadableFile {
   public:
    WatchedFile(const Before& before, std::string path, std::shared_ptr<const ReadableFile> real)
        : before_(before), path_(std::move(path)), real_(std::move(real)) {}

    Result<void> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
      before_("read_at", path_);
      return real_->read_at(offset, into);
    }
    [[nodiscard]] std::uint64_t size() const override { return real_->size(); }

   private:
    const Before before_;
    const std::string path_;
    const std::shared_ptr<const ReadableFile> real_;
  };

  Files& real_;
  const Before before_;
};

}  // namespace vizsla::store::testing
